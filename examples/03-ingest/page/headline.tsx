import { hasEnded } from "@alder/core/protocol";
import type { IngestRun } from "./ingest-run.ts";
import type { IngestView } from "./ingest-view.ts";

/** Whose documents these are, and how many of them are read. */
export function Headline({ run, view }: { run: IngestRun; view: IngestView }) {
  const { status, input } = run;
  const isOver = status !== "idle" && hasEnded(status);
  const total = view.documents.length;
  return (
    <section className="headline">
      <h1>{input?.customer ?? " "}</h1>
      <p className="count">
        {total > 0 ? (
          <>
            <strong>{view.read}</strong> of {total} documents
          </>
        ) : (
          toMessage(run)
        )}
      </p>
      <progress aria-label="Progress" value={view.read} max={total || 1} />
      <div className="row">
        <p className="message" role="status">
          {toMessage(run)}
        </p>
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
    </section>
  );
}

function toMessage({ status, message, cursor, connection }: IngestRun): string {
  if (cursor === undefined) return connection === "failed" ? "Not found" : "One moment";
  return status === "running" || status === "waiting" ? (message ?? "At work") : messages[status];
}

const messages: Record<Exclude<IngestRun["status"], "running" | "waiting">, string> = {
  idle: "Starting",
  queued: "Waiting for a worker",
  blocked: "Stopped: the workflow’s code has changed since it started",
  cancelling: "Cancelling",
  completed: "Finished",
  failed: "Failed",
  cancelled: "Cancelled",
};
