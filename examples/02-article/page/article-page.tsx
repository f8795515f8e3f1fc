import { hasEnded } from "@alder/core/protocol";
import type { ArticleRun } from "./article-run.ts";
import { toArticleView } from "./article-view.ts";
import { Ending } from "./ending.tsx";
import { Manuscript } from "./manuscript.tsx";
import { MarginNotes } from "./margin-notes.tsx";
import { Masthead } from "../../shared/page/masthead.tsx";
import { ModelNote, type ModelInfo } from "./model-note.tsx";
import { Problem } from "../../shared/page/problem.tsx";
import { ReviewPanel } from "./review-panel.tsx";
import { StatusLine } from "./status-line.tsx";
import { TopicForm } from "./topic-form.tsx";

export function ArticlePage({ run, model }: { run: ArticleRun; model: ModelInfo | undefined }) {
  const isIdle = run.status === "idle";
  return (
    <div className="frame">
      <Masthead
        connection={run.connection}
        onNew={isIdle ? undefined : () => run.reset()}
        newLabel="New article"
      />
      <main>
        {isIdle ? (
          <TopicForm isStarting={run.isStarting} onStart={(topic) => void run.start({ topic })} />
        ) : (
          <Writing run={run} />
        )}
        {isIdle && run.connectionError && <Problem title="That did not start" error={run.connectionError} />}
      </main>
      {model && <ModelNote {...model} />}
    </div>
  );
}

function Writing({ run }: { run: ArticleRun }) {
  const article = toArticleView(run);
  const isOver = run.status !== "idle" && hasEnded(run.status);
  const question = run.inputs.find(({ name }) => name === "review");
  return (
    <>
      <StatusLine run={run} />
      <div className="columns">
        <MarginNotes steps={run.steps} isOver={isOver} />
        <div>
          <Ending run={run} />
          {article && <Manuscript {...article} />}
          {question && <ReviewPanel onReview={(review) => question.respond(review)} />}
        </div>
      </div>
    </>
  );
}
