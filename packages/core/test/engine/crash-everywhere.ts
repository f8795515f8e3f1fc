/** Lives a workflow undisturbed, and again with a crash at each of its writes, the write kept and lost. */
import { expect } from "vitest";
import type { Json } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createDisk, live, startedComponents, type AnyWorkflow, type Disk, type Stopped } from "./harness.ts";

/** Its output, which is the same whatever happens. Timers fire as soon as nothing else moves. */
export async function sameAfterAnyCrash(workflow: AnyWorkflow): Promise<Json> {
  const undisturbed = await lived(workflow, createDisk());
  const output = outputOf(undisturbed.stopped);
  await expectSilentReplay(workflow, undisturbed.disk);
  for (let at = 1; at <= undisturbed.writes; at++) {
    for (const crash of ["kept", "lost"] as const) {
      const first = await lived(workflow, createDisk(), { at, crash });
      const second = await lived(workflow, createDisk(first.disk));
      expect(outputOf(second.stopped), `${crash} at write ${at}`).toEqual(output);
      expectNothingTwice(second.disk);
      await expectSilentReplay(workflow, second.disk);
    }
  }
  return output;
}

interface Lived {
  readonly disk: Disk;
  readonly stopped: Stopped;
  readonly writes: number;
}

async function lived(
  workflow: AnyWorkflow,
  disk: Disk,
  stop?: { readonly at: number; readonly crash: "kept" | "lost" },
): Promise<Lived> {
  const clock = createManualClock(Math.max(0, ...disk.entries.map(({ at }) => at)));
  let writes = 0;
  const life = live(workflow, {
    disk,
    clock,
    onWrite(count) {
      writes = count;
      return count === stop?.at ? stop.crash : undefined;
    },
    onIdle(_life, { wakeAt }) {
      if (wakeAt !== null) clock.advance(Math.max(1, wakeAt - clock.now()));
    },
  });
  return { disk, stopped: await life.stopped, writes };
}

async function expectSilentReplay(workflow: AnyWorkflow, disk: Disk): Promise<void> {
  const copy = createDisk(disk);
  const { stopped, writes } = await lived(workflow, copy);
  expect(stopped.state).toBe("ended");
  expect(writes, "a replay writes nothing").toBe(0);
  expect(startedComponents(copy, disk.events.length), "a replay starts nothing").toEqual([]);
}

/** E1 */
function expectNothingTwice(disk: Disk): void {
  const done = new Set<string>();
  for (const event of disk.events) {
    if (event.type === "step.completed") done.add(event.step);
    if (event.type === "step.started" && event.kind === "component") {
      expect(done, `${event.name} is not executed again`).not.toContain(event.step);
    }
  }
}

function outputOf(stopped: Stopped): Json {
  if (stopped.state !== "ended") throw new Error(`the run did not end: ${JSON.stringify(stopped)}`);
  if (stopped.end.status === "failed") throw stopped.end.error;
  if (stopped.end.status === "cancelled") throw new Error("the run was cancelled");
  return stopped.end.output;
}
