import type { Article } from "../src/schemas.ts";
import type { ArticleRun } from "./article-run.ts";
import type { Source } from "../src/passage.ts";

interface TextView {
  readonly text: string;
  readonly isWriting: boolean;
}

export interface SectionView extends TextView {
  readonly heading: string;
}

/** The article as it stands, at any moment of a run. */
export interface ArticleView {
  readonly title: string;
  readonly introduction: TextView;
  readonly sections: readonly SectionView[];
  readonly sources: readonly Source[];
}

export function toArticleView(run: ArticleRun): ArticleView | undefined {
  if (run.output) return toFinishedView(run.output);
  const outline = run.object("outline");
  if (!outline) return undefined;
  const isWriting = (name: string, key: string | null) =>
    run.steps.some((step) => step.name === name && step.key === key && step.status === "running");
  return {
    title: outline.title,
    introduction: { text: run.text("Introduce"), isWriting: isWriting("Introduce", null) },
    sections: outline.headings.map((heading) => {
      const revised = run.text("Revise", { key: heading });
      return {
        heading,
        // The draft stays until there is something to take its place.
        text: revised || run.text("Draft", { key: heading }),
        isWriting: isWriting("Draft", heading) || isWriting("Revise", heading),
      };
    }),
    sources: outline.sources,
  };
}

function toFinishedView({ title, introduction, sections, sources }: Article): ArticleView {
  return {
    title,
    introduction: { text: introduction, isWriting: false },
    sections: sections.map((section) => ({ ...section, isWriting: false })),
    sources,
  };
}
