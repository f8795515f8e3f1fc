import type { PageRun } from "./page-run.ts";
import { Problem } from "./problem.tsx";

/** How a run that did not end well ended, above whatever it had written. */
export function Ending({
  status,
  error,
  topic,
  start,
}: Pick<PageRun, "status" | "error" | "topic" | "start">) {
  if (status !== "failed" && status !== "cancelled") return null;
  const again = topic !== undefined && (
    <button type="button" onClick={() => void start(topic)}>
      Write it again
    </button>
  );
  if (status === "cancelled") {
    return (
      <Problem title="You cancelled this article" message="What was written until then stays as it is.">
        {again}
      </Problem>
    );
  }
  return (
    <Problem
      title="The article could not be written"
      message={error?.message ?? "No reason was given."}
      code={error?.code}
    >
      {again}
    </Problem>
  );
}
