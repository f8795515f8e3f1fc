import type { StepView } from "@alder/core/protocol";

/** What the workflow has done, is doing, and has failed to do, in tree order. */
export function StepList({ steps }: { steps: readonly StepView[] }) {
  return (
    <ol className="steps">
      {/* A nested workflow says nothing that its steps do not say. */}
      {steps
        .filter(({ kind }) => kind !== "workflow")
        .map((step) => (
          <li key={step.id} className={`is-${step.status}`}>
            {toTitle(step)}
            <small>{toState(step)}</small>
          </li>
        ))}
    </ol>
  );
}

const titles: Record<string, string> = { Plan: "Outline", Introduce: "Introduction", WaitFor: "Your review" };

function toTitle({ name, key }: StepView): string {
  if (key === null) return titles[name] ?? name;
  return name === "Revise" ? `${key}, revised` : key;
}

function toState({ status, attempt, message, error, kind }: StepView): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  if (status === "running") return kind === "signal" ? "waits for you" : `at it${again}`;
  if (status === "waiting") return message ?? "waits for its turn";
  if (status === "retrying") return `failed, tries again: ${error?.message ?? "no reason given"}`;
  if (status === "failed") return error?.message ?? "failed";
  return status === "completed" ? `done${again}` : "cancelled";
}
