/**
 * What a durable step costs beyond the store: a workflow of awaited, instant steps on the embedded store, next to bare
 * fenced appends of the same records to the same kind of file, in one run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { component, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { createSqliteStore } from "@alder/core/sqlite";
import type { RecordInput, Store } from "@alder/core/store";
import { createWorker } from "@alder/core/worker";

const STEPS = 1000;
const ROUNDS = 7;

const Increment = component("Increment", async ({ value }: { value: number }) => value + 1);
const Count = workflow("count", async ({ steps }: { steps: number }) => {
  let value = 0;
  for (let step = 0; step < steps; step++) value = await Increment.run({ value });
  return value;
});

export async function benchDurableStep(): Promise<void> {
  const bare: number[] = [];
  const durable: number[] = [];
  // In turns, so that a machine whose speed drifts is the same for both.
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await withStore(bareAppends));
    durable.push(await withStore(durableSteps));
  }
  const ratios = durable.map((time, round) => time / (bare[round] ?? time));
  console.log(`sequential durable step, embedded store, ${STEPS} steps, median of ${ROUNDS}:`);
  console.log(`  bare fenced append   ${median(bare).toFixed(1)} µs`);
  console.log(`  durable step         ${median(durable).toFixed(1)} µs`);
  console.log(`  ratio                ${median(ratios).toFixed(2)}`);
}

/** Microseconds for each append of what one step writes. */
async function bareAppends(store: Store): Promise<number> {
  await store.createRun({ workflow: "count", queue: "count", input: {} });
  const request = { worker: "bench", queues: ["count"], limit: 1, leaseMs: 60_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (claim === undefined) throw new Error("nothing to claim");
  const { token } = claim;
  let after = claim.tail;
  const started = performance.now();
  for (let step = 0; step < STEPS; step++) {
    const records = recordsOfStep(step);
    const result = await store.append({ token, after, records, progress: true });
    if (result.outcome !== "written") throw new Error(result.outcome);
    after += records.length;
  }
  return ((performance.now() - started) / STEPS) * 1000;
}

function recordsOfStep(value: number): RecordInput[] {
  const id = `step-${value}-0123456789`;
  const place = [value];
  return [
    {
      event: {
        type: "step.started",
        step: id,
        parent: null,
        name: "Increment",
        key: null,
        kind: "component",
        place,
        attempt: 1,
      },
    },
    {
      event: { type: "step.completed", step: id, output: value },
      entry: {
        t: "ok",
        id,
        scope: "scope-0123456789abcdef",
        name: "Increment",
        props: `{"value":${value}}`,
        value,
      },
    },
  ];
}

async function durableSteps(store: Store): Promise<number> {
  const worker = createWorker({ store, workflows: [Count], dev: false });
  await worker.start();
  const client = createStoreClient(store);
  const { run } = await client.start("count", { steps: STEPS });
  const view = await client.waitForEnd(run.runId);
  await worker.stop();
  if (view.output !== STEPS || view.startedAt === null || view.endedAt === null) throw new Error(view.status);
  return ((view.endedAt - view.startedAt) / STEPS) * 1000;
}

async function withStore(measure: (store: Store) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    return await measure(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
