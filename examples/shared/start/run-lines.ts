import type { ErrorData, RunEvent } from "@alder/core/protocol";

/** What a terminal shows of one run: a line for what matters, nothing for the rest. */
export interface RunLines {
  toLine(event: RunEvent): string | undefined;
}

export function createRunLines(): RunLines {
  const steps = new Map<string, { title: string; startedAt: number; attempt: number }>();
  let startedAt: number | undefined;
  const titleOf = (step: string) => steps.get(step)?.title ?? "a step";
  const since = (from: number | undefined, to: number) =>
    from === undefined ? "" : ` in ${((to - from) / 1_000).toFixed(1)} s`;

  // A type of event that has no entry is not worth a line.
  const lines: {
    [Type in RunEvent["type"]]?: (event: Extract<RunEvent, { type: Type }>) => string | undefined;
  } = {
    "run.queued": ({ reason }) =>
      reason === "started" ? "queued" : `queued again (${reason.replace("_", " ")})`,
    "run.started": ({ at, execution }) => {
      startedAt ??= at;
      return execution === 1 ? "started" : "goes on";
    },
    "run.recovered": () => "goes on: its last worker was lost",
    "run.waiting": ({ signals }) =>
      signals.length > 0 ? `waits for the signal ${signals.join(", ")}` : undefined,
    "run.blocked": ({ message }) => `blocked: ${message}`,
    "run.diverged": ({ divergence }) => `${divergence.step} is executed again, with other props`,
    "run.cancelling": () => "is being cancelled",
    "run.completed": ({ at }) => `completed${since(startedAt, at)}`,
    "run.failed": ({ error }) => `failed: ${describe(error)}`,
    "run.cancelled": () => "cancelled",
    "step.started": ({ step, name, key, kind, attempt, at }) => {
      steps.set(step, { title: key === null ? name : `${name} “${key}”`, startedAt: at, attempt });
      if (kind !== "component") return undefined;
      return `${titleOf(step)} started${attempt > 1 ? `, attempt ${attempt}` : ""}`;
    },
    "step.retrying": ({ step, error, until, at }) =>
      `${titleOf(step)} failed, again${since(at, until)}: ${describe(error)}`,
    "step.completed": ({ step, at }) => `${titleOf(step)} done${since(steps.get(step)?.startedAt, at)}`,
    "step.failed": ({ step, error }) => `${titleOf(step)} failed: ${describe(error)}`,
    "step.cancelled": ({ step }) => `${titleOf(step)} cancelled`,
  };

  return {
    toLine(event) {
      const line = lines[event.type] as ((event: RunEvent) => string | undefined) | undefined;
      return line?.(event);
    },
  };
}

function describe({ message, code }: ErrorData): string {
  return code === null ? message : `${message} (${code})`;
}
