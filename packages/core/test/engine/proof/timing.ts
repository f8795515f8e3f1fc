import type { Program } from "./program.ts";

/**
 * Whether a step may be begun anew after a timeout has cut it off. The world goes on with what a dead worker had begun,
 * and cannot know that the dead worker's last entry has cancelled it: how such a program ends after a crash is not said.
 */
export function isCutOffAndRepeated({ body }: Program): boolean {
  const text = JSON.stringify(body);
  return text.includes('"timeout"') && /"retry"|"attempts":[23]/.test(text);
}

/**
 * Whether what the program comes to may depend on how long things take: something is raced or limited in time, two may
 * fail, attempts are counted, or several wait for one signal. Errs on the safe side.
 */
export function dependsOnTiming({ body, signals }: Program): boolean {
  const text = JSON.stringify(body);
  const failing = text.match(/"name":"(Bad|Flaky|Stubborn)"/g)?.length ?? 0;
  const isRaced = /"(first|race|timeout)"/.test(text);
  const isRetried = failing > 0 && /"retry"|"attempts":[23]/.test(text);
  return (
    isRaced || isRetried || failing > 1 || new Set(signals.map(({ name }) => name)).size < signals.length
  );
}
