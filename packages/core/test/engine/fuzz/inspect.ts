import type { Disk } from "../harness.ts";

/** Whatever happened, these hold of the disk. */
export function inspect(disk: Disk, before: number): { started: string[]; problems: string[] } {
  const problems: string[] = [];
  const finished = new Set<string>();
  const isRetried = disk.entries.some(({ t }) => t === "retried");
  for (const entry of disk.entries) {
    if (entry.t !== "ok") continue;
    // A signal that came while the run failed was consumed by nobody, and is there for the new attempt (E12).
    if (isRetried && entry.signal !== undefined) continue;
    if (finished.has(entry.id)) problems.push(`two results of ${entry.name}`);
    finished.add(entry.id);
  }
  const started: string[] = [];
  const done = new Set<string>();
  const inComponent = new Set<string>();
  const begun = new Map<string, number>();
  const requested = new Map<string, number>();
  disk.events.forEach((event, index) => {
    if (event.type === "step.completed") done.add(event.step);
    if (event.type === "run.queued" && event.reason === "retried") {
      // A new attempt of the whole run: what had begun begins again.
      begun.clear();
      requested.clear();
    }
    if (event.type === "input.requested") note(requested, event.step);
    if (event.type !== "step.started") return;
    if (event.kind === "component" || (event.parent !== null && inComponent.has(event.parent))) {
      inComponent.add(event.step);
    } else note(begun, event.step);
    if (event.kind !== "component") return;
    if (index >= before) started.push(event.name);
    if (done.has(event.step)) problems.push(`${event.name} was executed again after it had finished`);
  });
  for (const [what, counts] of [
    ["started", begun],
    ["asked for input", requested],
  ] as const) {
    for (const [step, count] of counts) {
      if (count > 1 && !inComponent.has(step))
        problems.push(`a step of a workflow was said to have ${what} ${count} times`);
    }
  }
  return { started, problems };
}

function note(counts: Map<string, number>, step: string): void {
  counts.set(step, (counts.get(step) ?? 0) + 1);
}
