/**
 * What a cache costs: a step that makes its output for others, and one that is given it, next to the plain step, in one run
 * after the other. Awaited, instant steps on the embedded store, so all that is measured is overhead: a hit saves what the
 * step would have done.
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
  "that makes it for others": Increment.cache("1d"),
  "that is given it": Increment.cache("1d"),
  "that makes it for the run": Increment.cache({ ttl: "1d", scope: "run" }),
} as const;

type Kind = keyof typeof KINDS;

const Count = workflow("count", async ({ steps, kind }: { steps: number; kind: Kind }) => {
  let value = 0;
  for (let step = 0; step < steps; step++) value = await KINDS[kind].run({ value });
  return value;
});

export async function benchCache(): Promise<void> {
  const kinds = Object.keys(KINDS) as Kind[];
  const costs = new Map(kinds.map((kind) => [kind, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, cost] of await measureRound(kinds)) costs.get(kind)!.push(cost);
  }
  console.log(
    `step with a cache, embedded store, ${STEPS} awaited steps, processor time, median of ${ROUNDS}:`,
  );
  const plain = costs.get("plain")!;
  for (const [kind, all] of costs) {
    const ratio = median(all.map((cost, round) => cost / plain[round]!));
    console.log(
      `  step ${kind.padEnd(26)} ${median(all).toFixed(1).padStart(7)} µs   ratio ${ratio.toFixed(2)}`,
    );
  }
}

/** In microseconds per step. On a new store: what the second kind makes, the third is given. */
async function measureRound(kinds: readonly Kind[]): Promise<readonly (readonly [Kind, number])[]> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    const worker = createWorker({ store, workflows: [Count], dev: false });
    await worker.start();
    const client = createStoreClient(store);
    const costs: (readonly [Kind, number])[] = [];
    for (const kind of kinds) {
      const before = process.cpuUsage();
      const { run } = await client.start("count", { steps: STEPS, kind });
      const view = await client.waitForEnd(run.runId);
      const { user, system } = process.cpuUsage(before);
      const hits = Object.values(view.steps).filter(({ cachedAt }) => cachedAt !== null).length;
      if (view.output !== STEPS || hits !== (kind === "that is given it" ? STEPS : 0))
        throw new Error(`${kind}: ${view.status}, ${hits} hits`);
      costs.push([kind, (user + system) / STEPS]);
    }
    await worker.stop();
    return costs;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
