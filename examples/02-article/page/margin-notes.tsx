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
  return (
    <aside className="margin-notes">
      <details>
        <summary>{isOver ? `${steps.length} steps` : `${done} of ${steps.length} steps done`}</summary>
        <StepList steps={steps} />
      </details>
    </aside>
  );
}
