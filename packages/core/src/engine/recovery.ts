/** The journal of earlier owners has been applied: from here on steps may start and things may end (E2). */
import type { Run } from "./run.ts";

export function endRecovery(run: Run): void {
  run.recovering = false;
  reportUnclaimed(run);
  run.announcer.endRecovery();
  for (const [call, end] of run.deferredEnds) {
    run.deferredEnds.delete(call);
    if (call.status === "pending" && !call.dead) end();
  }
  for (const call of run.calls.values()) {
    if (call.status === "pending" && call.retains > 0 && call.execution === null) run.touched.add(call);
  }
}

/** Results that nobody in this life asked for: another build's work, or what a race left behind (E4). */
function reportUnclaimed(run: Run): void {
  const names = new Map<string, number>();
  for (const entry of run.ledger.pooled()) {
    if (entry.inComponent || run.asked.has(entry.id)) continue;
    names.set(entry.name, (names.get(entry.name) ?? 0) + 1);
  }
  for (const [name, count] of names) {
    const message =
      `${count} finished ${count === 1 ? "step" : "steps"} of ${name} ${count === 1 ? "is" : "are"} not asked for by this build: ` +
      `its code or its props have changed since`;
    run.announcer.say(`unclaimed|${name}|${count}`, { type: "log", level: "notice", message, step: null });
  }
}
