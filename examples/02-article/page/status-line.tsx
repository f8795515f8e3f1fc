import type { Review } from "../src/schemas.ts";
import type { PageRun } from "./page-run.ts";

interface StatusLineProps extends Pick<PageRun, "status" | "message" | "progress" | "topic" | "output"> {
  readonly asksForReview: boolean;
  readonly onCancel: (() => Promise<unknown>) | undefined;
}

/** What is going on, in one line that stays in view. */
export function StatusLine({
  status,
  message,
  progress,
  topic,
  output,
  asksForReview,
  onCancel,
}: StatusLineProps) {
  return (
    <div className="status">
      <div className="row">
        <p className="message" role="status">
          {output ? toEnding(output.review) : toMessage(status, message)}
          {topic && <small>{topic}</small>}
        </p>
        {asksForReview && (
          <a className="to-review" href="#review">
            Review it
          </a>
        )}
        {onCancel && (
          <button
            type="button"
            className="quiet"
            disabled={status === "cancelling"}
            onClick={() => void onCancel()}
          >
            Cancel
          </button>
        )}
      </div>
      {onCancel && <progress aria-label="Progress" value={progress?.value ?? 0} max={progress?.max ?? 1} />}
    </div>
  );
}

function toEnding({ approved, note }: Review): string {
  if (note) return "Finished, with your note worked in";
  return approved ? "Finished, and approved by you" : "Finished, without your approval";
}

function toMessage(status: PageRun["status"], message: string | undefined): string {
  return status === "running" || status === "waiting" ? (message ?? "At work") : messages[status];
}

const messages: Record<Exclude<PageRun["status"], "running" | "waiting">, string> = {
  idle: "Starting",
  queued: "Waiting for a worker",
  blocked: "Stopped: the workflow’s code has changed since it started",
  cancelling: "Cancelling",
  completed: "Finished",
  failed: "Failed",
  cancelled: "Cancelled",
};
