import type { Program } from "./program.ts";

/**
 * Whether a step may be begun anew after a timeout has cut it off. The world goes on with what a dead worker had begun,
 * and cannot know that the dead worker's last entry has cancelled it: how such a program ends after a crash is not said.
 */
export function isCutOffAndRepeated({ body }: Program): boolean {
  const text = JSON.stringify(body);
  return /"(timeout|totalMs)"/.test(text) && /"retry"|"attempts":[23]/.test(text);
}

/**
 * Whether what the program comes to may depend on how long things take: something is raced or limited in time, two may
 * fail, attempts are counted, several wait for one signal, or a budget ends what is under way. Errs on the safe side.
 */
export function dependsOnTiming({ body, signals, budget }: Program): boolean {
  const text = JSON.stringify(body);
  const failing = text.match(/"name":"(Bad|Flaky|Stubborn)"/g)?.length ?? 0;
  const isRaced = /"(first|race|timeout|totalMs)"/.test(text);
  const isRetried = failing > 0 && /"retry"|"attempts":[23]/.test(text);
  const isEnded = budget !== undefined && (budget.own === "small" || budget.small.length > 0);
  const isShared = new Set(signals.map(({ name }) => name)).size < signals.length;
  return isRaced || isRetried || failing > 1 || isEnded || isShared;
}
