import { hasEnded } from "@alder/core/protocol";
import { toArticleView } from "./article-view.ts";
import { Ending } from "./ending.tsx";
import { Manuscript } from "./manuscript.tsx";
import { MarginNotes } from "./margin-notes.tsx";
import { Masthead } from "./masthead.tsx";
import { ModelNote, type ModelInfo } from "./model-note.tsx";
import type { PageRun } from "./page-run.ts";
import { Problem } from "./problem.tsx";
import { ReviewPanel } from "./review-panel.tsx";
import { StatusLine } from "./status-line.tsx";
import { TopicForm } from "./topic-form.tsx";

export function ArticlePage({ run, model }: { run: PageRun; model: ModelInfo | undefined }) {
  const isIdle = run.status === "idle";
  return (
    <div className="frame">
      <Masthead connection={run.connection} onNew={isIdle ? undefined : run.reset} />
      <main>
        {isIdle ? <TopicForm onStart={run.start} /> : <Writing {...run} />}
        {isIdle && run.connectionError && <Problem title="That did not start" {...run.connectionError} />}
      </main>
      {model && <ModelNote {...model} />}
    </div>
  );
}

function Writing(run: PageRun) {
  const article = toArticleView(run);
  const isOver = run.status !== "idle" && hasEnded(run.status);
  const asksForReview = run.inputs.some(({ name }) => name === "review");
  return (
    <>
      <StatusLine {...run} asksForReview={asksForReview} onCancel={isOver ? undefined : run.cancel} />
      <div className="columns">
        <MarginNotes steps={run.steps} isOver={isOver} />
        <div>
          <Ending {...run} />
          {article && <Manuscript {...article} />}
          {asksForReview && <ReviewPanel onReview={run.review} />}
        </div>
      </div>
    </>
  );
}
