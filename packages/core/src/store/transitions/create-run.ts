/** Making a run, once for each idempotency key of a workflow and tenant. */
import { v7 } from "uuid";
import type { EventBody } from "../../protocol/events.ts";
import type { CreateResult, CreateRun, RunRecord } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";
import { toEventText } from "./records.ts";
import { toSummary } from "./summary.ts";
import { write } from "./write.ts";

/** Gives so many random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

export function createRun(
  tables: Tables,
  request: CreateRun,
  now: number,
  random: RandomBytes,
): CreateResult {
  const { workflow, queue, input, tenant = "", priority = 0, idempotency } = request;
  const { tags = [], metadata = {} } = request;
  const name = idempotency && { workflow, tenant, key: idempotency.key };
  if (name) {
    const known = tables.findIdempotency(name);
    if (known && known.fingerprint !== idempotency.fingerprint) {
      return { outcome: "conflict", runId: known.runId };
    }
    if (known) return { outcome: "existing", run: readRun(tables, known.runId)! };
  }
  // The id tells store time, so that ids sort by age.
  const runId = v7({ msecs: now, random: random(16) });
  const salt = toHex(random(16));
  const row = tables.insertRun({
    runId,
    workflow,
    queue,
    tenant,
    priority,
    createdAt: now,
    input,
    tags,
    metadata,
    salt,
  });
  const queued = toEventText(queuedEvent(request));
  write(tables, row, [queued], { fence: 0, at: now });
  if (name) tables.insertIdempotency(name, { runId, fingerprint: idempotency.fingerprint });
  return { outcome: "created", run: readRun(tables, runId)! };
}

/** The first event of a run. */
export function queuedEvent(request: CreateRun): EventBody {
  const { workflow, input, tenant, priority, tags = [], metadata = {} } = request;
  return {
    type: "run.queued",
    workflow,
    input,
    reason: "started",
    ...(tenant ? { tenant } : {}),
    ...(priority ? { priority } : {}),
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

export function readRun(tables: Tables, runId: string): RunRecord | undefined {
  const row = tables.findRun(runId);
  return row && toRecord(row, tables);
}

function toRecord(row: RunRow, tables: Tables): RunRecord {
  const { queue, tail, cancelRequested } = row;
  const { input } = tables.readInput(row.number);
  const { seq, fence } = tail;
  const metadata = tables.readMetadata(row.number);
  return { ...toSummary(tables, row), queue, input, metadata, tail: { seq, fence }, cancelRequested };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
