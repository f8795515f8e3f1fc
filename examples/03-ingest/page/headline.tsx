import { CancelButton } from "../../shared/page/cancel-button.tsx";
import { toStatusText } from "../../shared/page/status-text.ts";
import type { IngestRun } from "./ingest-run.ts";
import type { IngestView } from "./ingest-view.ts";

/** Whose documents these are, and how many of them are read. */
export function Headline({ run, view }: { run: IngestRun; view: IngestView }) {
  const { input } = run;
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
          toStatusText(run)
        )}
      </p>
      <progress aria-label="Progress" value={view.read} max={total || 1} />
      <div className="row">
        <p className="message" role="status">
          {toStatusText(run)}
        </p>
        <CancelButton run={run} />
      </div>
    </section>
  );
}
