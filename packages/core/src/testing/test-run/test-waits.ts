import { AlderError } from "../../errors/alder-error.ts";
import type { TestDriver } from "./test-driver.ts";

/** Why a run that was to give its output does not: what it waits for, and what a test does about it. */
export function notFinished(driver: TestDriver, autoAdvance: boolean): AlderError {
  const { runId, workflow, inputs } = driver.view;
  const signals = [...new Set(inputs.map(({ name }) => name))];
  const dueAt = autoAdvance ? null : driver.nextDueAt();
  const waits = signals.map((name) => `for signal "${name}": await test.signal("${name}", …)`);
  if (dueAt !== null) {
    waits.push(
      `until ${new Date(dueAt).toISOString()}: await test.clock.advance(${dueAt - driver.clock.now()})`,
    );
  }
  return new AlderError(
    "test_run_waits",
    `run ${runId} of workflow "${workflow}" has no output yet, and nothing more happens by itself. ` +
      `It waits ${waits.join("; and ") || "for what only another process could bring"}`,
    { details: { runId, signals, until: dueAt } },
  );
}
