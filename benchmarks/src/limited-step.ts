/**
 * What a limit costs: a step that asks for a permit, which is free, next to the plain step, in one run. Awaited, instant steps
 * on the embedded store, so all that is measured is overhead; one after the other, so each permit is asked for by itself.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { component, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { createSqliteStore } from "@alder/core/sqlite";
import { createWorker } from "@alder/core/worker";
import { median } from "./median.ts";

const STEPS = 500;
const ROUNDS = 7;

type Props = { readonly value: number };

const Increment = component("Increment", async ({ value }: Props) => value + 1);

/** Each is executed in each round, in turns, so that a machine whose speed drifts is the same for all. */
const KINDS = {
  plain: Increment,
  "with a concurrency": Increment.limit({ key: "slots", concurrency: 1_000 }),
  "with a rate and a concurrency": Increment.limit({ key: "rate", concurrency: 1_000, rate: "100000000/1m" }),
} as const;

const Count = workflow("count", async ({ steps, kind }: { steps: number; kind: keyof typeof KINDS }) => {
  let value = 0;
  for (let step = 0; step < steps; step++) value = await KINDS[kind].run({ value });
  return value;
});

export async function benchLimitedStep(): Promise<void> {
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const costs = new Map(kinds.map((kind) => [kind, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) costs.get(kind)!.push(await microsecondsPerStep(kind));
  }
  console.log(
    `step with a limit, embedded store, ${STEPS} awaited steps, processor time, median of ${ROUNDS}:`,
  );
  const plain = costs.get("plain")!;
  for (const [kind, all] of costs) {
    const ratio = median(all.map((cost, round) => cost / plain[round]!));
    console.log(
      `  step ${kind.padEnd(36)} ${median(all).toFixed(1).padStart(7)} µs   ratio ${ratio.toFixed(2)}`,
    );
  }
}

async function microsecondsPerStep(kind: keyof typeof KINDS): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    const worker = createWorker({ store, workflows: [Count], dev: false });
    await worker.start();
    const client = createStoreClient(store);
    const before = process.cpuUsage();
    const { run } = await client.start("count", { steps: STEPS, kind });
    const view = await client.waitForEnd(run.runId);
    const { user, system } = process.cpuUsage(before);
    await worker.stop();
    if (view.output !== STEPS) throw new Error(`${kind}: ${view.status}`);
    return (user + system) / STEPS;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
