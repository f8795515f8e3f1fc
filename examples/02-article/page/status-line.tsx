import { hasEnded } from "@alder/core/protocol";
import type { Review } from "../src/schemas.ts";
import type { ArticleRun } from "./article-run.ts";
import { CancelButton } from "../../shared/page/cancel-button.tsx";
import { toStatusText } from "../../shared/page/status-text.ts";
import { TimeLeft } from "../../shared/page/time-left.tsx";

/** What is going on, in one line that stays in view. */
export function StatusLine({ run }: { run: ArticleRun }) {
  const { status, progress } = run;
  const isOver = status !== "idle" && hasEnded(status);
  return (
    <div className="status">
      <div className="row">
        <p className="message" role="status">
          {toMessage(run)}
          {run.input && <small>{run.input.topic}</small>}
        </p>
        {run.inputs.length > 0 && (
          <a className="to-review" href="#review">
            Review it
          </a>
        )}
        <CancelButton run={run} />
      </div>
      {!isOver && <progress aria-label="Progress" value={progress.value} max={progress.max ?? 1} />}
      {!isOver && <TimeLeft run={run} />}
    </div>
  );
}

function toMessage(run: ArticleRun): string {
  const { output, cursor } = run;
  return output && cursor !== undefined ? toEnding(output.review) : toStatusText(run);
}

function toEnding({ approved, note }: Review): string {
  if (note) return "Finished, with your note worked in";
  return approved ? "Finished, and approved by you" : "Finished, without your approval";
}
