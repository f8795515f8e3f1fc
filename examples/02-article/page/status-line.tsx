import { hasEnded } from "@alder/core/protocol";
import type { Review } from "../src/schemas.ts";
import type { ArticleRun } from "./article-run.ts";
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
        {!isOver && (
          <button
            type="button"
            className="quiet"
            disabled={status === "cancelling"}
            onClick={() => void run.cancel()}
          >
            Cancel
          </button>
        )}
      </div>
      {!isOver && <progress aria-label="Progress" value={progress.value} max={progress.max ?? 1} />}
      {!isOver && <TimeLeft run={run} />}
    </div>
  );
}

function toMessage({ status, message, output, cursor, connection }: ArticleRun): string {
  if (cursor === undefined) return connection === "failed" ? "Not found" : "One moment";
  if (output) return toEnding(output.review);
  return status === "running" || status === "waiting" ? (message ?? "At work") : messages[status];
}

function toEnding({ approved, note }: Review): string {
  if (note) return "Finished, with your note worked in";
  return approved ? "Finished, and approved by you" : "Finished, without your approval";
}

const messages: Record<Exclude<ArticleRun["status"], "running" | "waiting">, string> = {
  idle: "Starting",
  queued: "Waiting for a worker",
  blocked: "Stopped: the workflow’s code has changed since it started",
  cancelling: "Cancelling",
  completed: "Finished",
  failed: "Failed",
  cancelled: "Cancelled",
};
