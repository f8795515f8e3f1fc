import { Problem } from "../../shared/page/problem.tsx";
import type { IngestRun } from "./ingest-run.ts";

/** Why a run has stopped, and what lets it go on; and why it cannot be read. */
export function Ending({ run }: { run: IngestRun }) {
  const { status, error, blocked, connection, connectionError } = run;
  const goOn = (
    <button type="button" className="primary" onClick={() => void run.retry()}>
      Go on where it stopped
    </button>
  );
  if (status === "failed") {
    return (
      <Problem title="The profile could not be made" error={error}>
        {goOn}
      </Problem>
    );
  }
  if (status === "cancelled") {
    const kept = "What was read until then is kept, and is not read again.";
    return (
      <Problem title="You cancelled this" error={{ message: kept, code: null }}>
        {goOn}
      </Problem>
    );
  }
  if (status === "blocked" && blocked) {
    return (
      <Problem title="The workflow has changed" error={{ message: blocked.message, code: null }}>
        <button type="button" className="primary" onClick={() => void run.accept()}>
          Go on with the new code
        </button>
      </Problem>
    );
  }
  if (connection === "failed" && connectionError) {
    return <Problem title="This cannot be read" error={connectionError} />;
  }
  return null;
}
