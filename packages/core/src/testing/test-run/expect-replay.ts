import { describeReplay } from "../../engine/describe-replay.ts";
import { replayRun } from "../../engine/replay-run.ts";
import type { RunEnd } from "../../engine/run.ts";
import { AlderError } from "../../errors/alder-error.ts";
import type { RunView } from "../../protocol/run-view.ts";
import { driverOf } from "./create-test-run.ts";
import { MAX_VALUE_LENGTH, type TestDriver } from "./test-driver.ts";
import type { TestRun } from "./test-run.ts";

/**
 * Replays the journal of a test run from its beginning: nothing may be executed or written, and it must end as the run
 * did. Throws `replay_differs`, which says what step would be executed again and with which props; and `bad_test_run`.
 *
 * @example
 * await test.output();
 * await expectReplay(test);
 */
export async function expectReplay(test: Pick<TestRun, "rest" | "view">): Promise<void> {
  const driver = driverOf(test);
  await driver.inTurn(() => driver.rest());
  await driver.inTurn(() => replay(driver));
}

async function replay(driver: TestDriver): Promise<void> {
  const { view, journal, secrets, options } = driver;
  const { workflow, input, standIns } = options;
  const difference = await replayRun({
    runId: view.runId,
    workflow,
    input,
    journal: [...journal],
    ...secrets!,
    strict: true,
    maxValueLength: MAX_VALUE_LENGTH,
    substitute: standIns.substitute,
    end: endOf(view),
  }).difference;
  if (difference === null) return;
  throw new AlderError("replay_differs", describeReplay(difference), { details: { difference } });
}

function endOf({ status, output, error }: RunView): RunEnd | null {
  if (status === "completed") return { status, output: output ?? null };
  if (status === "failed") return { status, error };
  return status === "cancelled" ? { status } : null;
}
