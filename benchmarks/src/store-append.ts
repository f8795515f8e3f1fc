/**
 * What a fenced append to the embedded store costs beyond SQLite itself: next to a bare transaction that inserts the same
 * texts into a table of such a file with a prepared statement, in one run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";
import type { RecordInput } from "@alder/core/store";
import { openFile } from "../../packages/core/src/store/sqlite/open-file.ts";

const APPENDS = 1000;
const ROUNDS = 9;

export async function benchStoreAppend(): Promise<void> {
  console.log(`fenced append, embedded store, ${APPENDS} appends, median of ${ROUNDS}:`);
  for (const count of [1, 10]) {
    const bare: number[] = [];
    const fenced: number[] = [];
    // In turns, so that a machine whose speed drifts is the same for both.
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await inFolder((path) => bareInserts(path, count)));
      fenced.push(await inFolder((path) => fencedAppends(path, count)));
    }
    const ratio = median(fenced.map((time, round) => time / bare[round]!));
    console.log(
      `  ${String(count).padStart(2)} records   bare ${shown(bare)}   fenced ${shown(fenced)}   ratio ${ratio.toFixed(2)}`,
    );
  }
}

/** Microseconds a transaction. */
async function bareInserts(path: string, count: number): Promise<number> {
  const database = openFile({ path, isMachineSafe: false, driver: undefined });
  const insert = database.prepare("INSERT INTO events (run, seq, fence, at, body) VALUES (1, ?, 1, ?, ?)");
  let seq = 0;
  const started = performance.now();
  for (let append = 0; append < APPENDS; append++) {
    database.exec("BEGIN IMMEDIATE");
    for (let index = 0; index < count; index++) {
      insert.run(++seq, Date.now(), JSON.stringify(toRecord(seq).event));
    }
    database.exec("COMMIT");
  }
  const time = (performance.now() - started) / APPENDS;
  database.close();
  return time * 1000;
}

/** Microseconds an append, each awaited before the next. */
async function fencedAppends(path: string, count: number): Promise<number> {
  const store = createSqliteStore({ path });
  await store.createRun({ workflow: "bench", queue: "bench", input: {} });
  const request = { worker: "bench", queues: ["bench"], limit: 1, leaseMs: 600_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (!claim) throw new Error("nothing to claim");
  let after = claim.tail;
  const started = performance.now();
  for (let append = 0; append < APPENDS; append++) {
    const records = Array.from({ length: count }, (_, index) => toRecord(after + index));
    const result = await store.append({ token: claim.token, after, records, progress: false });
    if (result.outcome !== "written") throw new Error(result.outcome);
    after += count;
  }
  const time = (performance.now() - started) / APPENDS;
  await store.close();
  return time * 1000;
}

function toRecord(offset: number): RecordInput {
  const event = {
    type: "chunk",
    step: "step-0123456789",
    attempt: 1,
    stream: "text",
    offset,
    delta: "some text ",
  };
  return { event: { ...event, type: "chunk" } };
}

async function inFolder(measure: (path: string) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  try {
    return await measure(join(folder, "bench.db"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shown(times: readonly number[]): string {
  const time = median(times);
  return `${time.toFixed(1)} µs (${Math.round(1e6 / time).toLocaleString("en")}/s)`;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}
