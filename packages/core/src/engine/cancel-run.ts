/**
 * Cancels a run in two phases (E6): everything under way is told to stop, and given a grace time to come to its end; then
 * the run ends, without whatever did not. A cancelled step's `finally` so runs while the run is still ours.
 */
import { drop } from "./drop.ts";
import type { Run } from "./run.ts";

export function cancelRun(run: Run): void {
  const left = new Map<string, Promise<unknown>>();
  for (const call of run.calls.values()) {
    const over = call.execution?.over;
    if (over === undefined) continue;
    const stopped = (): void => void left.delete(call.id);
    left.set(call.id, over.then(stopped, stopped));
  }
  const labels = new Map([...run.calls.values()].map((call) => [call.id, call.label]));
  run.stopping = true;
  run.forecast.stop();
  for (const call of run.calls.values()) if (call.execution !== null) drop(run, call);
  if (left.size === 0) return run.end({ status: "cancelled" });
  const { clock, cancelGraceMs } = run.options;
  const end = (): void => {
    clock.clearTimeout(timer);
    run.end({ status: "cancelled" });
  };
  const timer = clock.setTimeout(() => {
    for (const id of left.keys())
      run.announcer.emit(didNotStop(id, labels.get(id) ?? "a step", cancelGraceMs));
    end();
  }, cancelGraceMs);
  void Promise.all(left.values()).then(end);
}

function didNotStop(step: string, label: string, graceMs: number) {
  const message =
    `${label} did not stop within ${graceMs} ms of being cancelled, and the run has ended without it: ` +
    `let its work stop at step.signal`;
  return { type: "log", level: "warn", message, step } as const;
}
