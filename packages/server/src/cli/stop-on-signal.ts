/**
 * How a process ends.
 *
 * 1. The first SIGTERM or SIGINT lets it stop gently, and then it exits with 0, whatever else still has the process alive.
 * 2. Another one ends it at once, with the exit code of that signal.
 * 3. A stop that does not come to its end in time is given up, with exit code 1.
 */
import { constants } from "node:os";
import { explain } from "./explain.ts";

/** Ctrl-C reaches the process from the terminal and, started by npm, once more from there: that is one. */
const SAME_SIGNAL_MS = 250;
/** For handing over and closing, when the grace time is over. */
const AFTER_GRACE_MS = 10_000;

export function stopOnSignal(graceMs: number, stop: () => Promise<void>): void {
  let firstAt: number | undefined;
  const handle = (signal: "SIGINT" | "SIGTERM"): void => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt < SAME_SIGNAL_MS) return;
      process.exit(128 + constants.signals[signal]);
    }
    firstAt = performance.now();
    console.log("Stopping (the same signal again stops at once)");
    setTimeout(() => {
      console.error(`alder: could not stop within ${(graceMs + AFTER_GRACE_MS) / 1000} s, ends as it is.`);
      process.exit(1);
    }, graceMs + AFTER_GRACE_MS).unref();
    stop().then(() => process.exit(0), explain);
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
}
