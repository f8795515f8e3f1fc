import type { StepView } from "@alder/core/protocol";
import { useIsWide } from "./use-is-wide.ts";
import { StepList } from "./step-list.tsx";

interface MarginNotesProps {
  readonly steps: readonly StepView[];
  readonly isOver: boolean;
}

/** The workflow's steps, beside the article; folded away where there is no room beside it. */
export function MarginNotes({ steps, isOver }: MarginNotesProps) {
  const isWide = useIsWide();
  if (steps.length === 0) return <aside className="margin-notes" />;
  if (isWide) {
    return (
      <aside className="margin-notes" aria-labelledby="steps-title">
        <h2 id="steps-title">Steps</h2>
        <StepList steps={steps} />
      </aside>
    );
  }
  const done = steps.filter(({ status }) => status === "completed").length;
  const all = steps.length === 1 ? "1 step" : `${steps.length} steps`;
  return (
    <aside className="margin-notes">
      <details>
        <summary>{isOver ? all : `${done} of ${all} done`}</summary>
        <StepList steps={steps} />
      </details>
    </aside>
  );
}
