import { Ending as RunEnding } from "../../shared/page/ending.tsx";
import type { ArticleRun } from "./article-run.ts";

const titles = {
  failed: "The article could not be written",
  cancelled: "You cancelled this article",
  unreadable: "This article cannot be read",
};

/** Why a run has stopped, above whatever it had written, and what can be done. */
export function Ending({ run }: { run: ArticleRun }) {
  const { input } = run;
  return (
    <RunEnding run={run} titles={titles} kept="What was written until then stays as it is.">
      {input && (
        <button type="button" onClick={() => void run.start(input)}>
          Write a new one
        </button>
      )}
    </RunEnding>
  );
}
