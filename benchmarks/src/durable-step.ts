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
import { median } from "./median.ts";

const STEPS = 1000;
const ROUNDS = 7;

const Increment = component("Increment", async ({ value }: { value: number }) => value + 1);
const Count = workflow("count", async ({ steps }: { steps: number }) => {
  let value = 0;
  for (let step = 0; step < steps; step++) value = await Increment.run({ value });
  return value;
});

export async function benchDurableStep(): Promise<void> {
  const bare: Cost[] = [];
  const durable: Cost[] = [];
  // In turns, so that a machine whose speed drifts is the same for both.
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await withStore(bareAppends));
    durable.push(await withStore(durableSteps));
  }
  console.log(`sequential durable step, embedded store, ${STEPS} steps, median of ${ROUNDS}:`);
  for (const [kind, title] of [
    ["wall", "on the wall"],
    ["processor", "of processor time"],
  ] as const) {
    const ratio = median(durable.map((cost, round) => cost[kind] / bare[round]![kind]));
    console.log(
      `  µs ${title.padEnd(18)} bare fenced append ${shown(bare, kind)}   durable step ${shown(durable, kind)}   ratio ${ratio.toFixed(2)}`,
    );
  }
}

/** Microseconds a step. */
interface Cost {
  readonly wall: number;
  readonly processor: number;
}

/** To be called at the end. */
function stopwatch(): () => Cost {
  const [started, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wall: ((performance.now() - started) / STEPS) * 1000, processor: (user + system) / STEPS };
  };
}

function shown(costs: readonly Cost[], kind: keyof Cost): string {
  return median(costs.map((cost) => cost[kind]))
    .toFixed(1)
    .padStart(6);
}

/** Of each append of what one step writes. */
async function bareAppends(store: Store): Promise<Cost> {
  await store.createRun({ workflow: "count", queue: "count", input: {} });
  const request = { worker: "bench", queues: ["count"], limit: 1, leaseMs: 60_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (claim === undefined) throw new Error("nothing to claim");
  const { token } = claim;
  let after = claim.tail;
  const cost = stopwatch();
  for (let step = 0; step < STEPS; step++) {
    const records = recordsOfStep(step);
    const result = await store.append({ token, after, records, progress: true });
    if (result.outcome !== "written") throw new Error(result.outcome);
    after += records.length;
  }
  return cost();
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

async function durableSteps(store: Store): Promise<Cost> {
  const worker = createWorker({ store, workflows: [Count], dev: false });
  await worker.start();
  const client = createStoreClient(store);
  const cost = stopwatch();
  const { run } = await client.start("count", { steps: STEPS });
  const view = await client.waitForEnd(run.runId);
  const took = cost();
  await worker.stop();
  if (view.output !== STEPS) throw new Error(view.status);
  return took;
}

async function withStore(measure: (store: Store) => Promise<Cost>): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    return await measure(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
