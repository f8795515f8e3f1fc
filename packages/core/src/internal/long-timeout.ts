import type { Clock } from "./clock.ts";

/** `setTimeout` takes no more. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Calls back once the clock has reached `at`, however far that is. Returns what clears it. */
export function callAt(clock: Clock, at: number, callback: () => void): () => void {
  let timer = set();
  return () => clock.clearTimeout(timer);

  function set() {
    return clock.setTimeout(
      () => {
        if (clock.now() < at) timer = set();
        else callback();
      },
      Math.min(Math.max(0, at - clock.now()), LONGEST_TIMEOUT_MS),
    );
  }
}
