/** What a store does with a run between two lives, for a disk in memory. */
import { failedSteps } from "../../src/engine/failed-steps.ts";
import type { JournalEntry } from "../../src/engine/journal-entry.ts";
import type { EventBody } from "../../src/protocol/events.ts";
import type { BlockedView } from "../../src/protocol/run-view.ts";
import { toErrorData } from "../../src/errors/error-data.ts";
import { createDisk, live, type AnyWorkflow, type Disk, type LifeOptions, type Stopped } from "./harness.ts";

/** The disk of a run whose owner died right after its `count`-th result was written. */
export async function afterResults(
  workflow: AnyWorkflow,
  count: number,
  options: LifeOptions = {},
): Promise<Disk> {
  let results = 0;
  const life = live(workflow, {
    ...options,
    onWrite: (_, { t }) => ((t === "ok" || t === "err") && ++results === count ? "kept" : undefined),
  });
  const stopped = await life.stopped;
  if (stopped.state !== "crashed") throw new Error(`it did not get that far: ${JSON.stringify(stopped)}`);
  return createDisk(life.disk);
}

/** The run was accepted after it was blocked. */
export function accepted(disk: Disk): Disk {
  return withEntry(disk, { type: "run.queued", workflow: "W", reason: "accepted" }, { t: "accepted" });
}

/** The run failed, or was cancelled, and was retried. */
export function retried(disk: Disk, stopped: Stopped, at?: number): Disk {
  if (stopped.state !== "ended" || stopped.end.status === "completed") {
    throw new Error(`there is nothing to retry: ${JSON.stringify(stopped)}`);
  }
  let ended = disk;
  if (stopped.end.status === "failed") {
    const { error } = stopped.end;
    const event: EventBody = { type: "run.failed", error: toErrorData(error) };
    ended = withEntry(disk, event, { t: "failed", from: failedSteps(error) });
  }
  return withEntry(ended, { type: "run.queued", workflow: "W", reason: "retried" }, { t: "retried" }, at);
}

/** Executes until it is blocked; says by what. */
export async function blockedBy(workflow: AnyWorkflow, disk: Disk): Promise<BlockedView> {
  const stopped = await live(workflow, { disk: createDisk(disk) }).stopped;
  if (stopped.state !== "blocked") throw new Error(`it was not blocked: ${JSON.stringify(stopped)}`);
  return stopped.blocked;
}

function withEntry(
  from: Disk,
  event: EventBody,
  entry: JournalEntry,
  at = from.entries.at(-1)?.at ?? 0,
): Disk {
  const disk = createDisk(from);
  disk.events.push(event);
  disk.entries.push({ ...entry, seq: disk.events.length, at });
  return disk;
}
