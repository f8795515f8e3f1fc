import type { ArticleRun } from "./article-run.ts";
import { Problem } from "../../shared/page/problem.tsx";

/** Why a run has stopped, above whatever it had written, and what lets it go on; and why it cannot be read. */
export function Ending({ run }: { run: ArticleRun }) {
  const { status, error, input, blocked, connection, connectionError } = run;
  const again = input && (
    <button type="button" onClick={() => void run.start(input)}>
      Write a new one
    </button>
  );
  const goOn = (
    <button type="button" className="primary" onClick={() => void run.retry()}>
      Go on where it stopped
    </button>
  );
  if (status === "failed") {
    return (
      <Problem title="The article could not be written" error={error}>
        {goOn}
        {again}
      </Problem>
    );
  }
  if (status === "cancelled") {
    const kept = "What was written until then stays as it is.";
    return (
      <Problem title="You cancelled this article" error={{ message: kept, code: null }}>
        {goOn}
        {again}
      </Problem>
    );
  }
  if (status === "blocked" && blocked) {
    return (
      <Problem title="The workflow has changed" error={{ message: blocked.message, code: null }}>
        <button type="button" className="primary" onClick={() => void run.accept()}>
          Go on with the new code
        </button>
        {again}
      </Problem>
    );
  }
  if (connection === "failed" && connectionError) {
    return <Problem title="This article cannot be read" error={connectionError} />;
  }
  return null;
}
