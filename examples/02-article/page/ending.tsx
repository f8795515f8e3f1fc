import type { ArticleRun } from "./article-run.ts";
import { Problem } from "./problem.tsx";

/** How a run that did not end well ended, above whatever it had written; and why it cannot be read. */
export function Ending({ run }: { run: ArticleRun }) {
  const { status, error, input, connection, connectionError } = run;
  const again = input && (
    <button type="button" onClick={() => void run.start(input)}>
      Write it again
    </button>
  );
  if (status === "failed") {
    return (
      <Problem title="The article could not be written" error={error}>
        {again}
      </Problem>
    );
  }
  if (status === "cancelled") {
    const kept = "What was written until then stays as it is.";
    return (
      <Problem title="You cancelled this article" error={{ message: kept, code: null }}>
        {again}
      </Problem>
    );
  }
  if (connection === "failed" && connectionError) {
    return <Problem title="This article cannot be read" error={connectionError} />;
  }
  return null;
}
