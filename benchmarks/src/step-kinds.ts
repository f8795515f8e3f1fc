/**
 * Steps of several kinds next to the plain one, in one run: awaited, instant steps on the embedded store, one after the other,
 * so all that is measured is overhead. Each kind is executed in each round, in turns, so that a machine whose speed drifts is
 * the same for all, in a store that the round has for itself, and after as many plain steps that are not counted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { component, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import type { RunView } from "@alder/core/protocol";
import { createSqliteStore } from "@alder/core/sqlite";
import { createWorker } from "@alder/core/worker";
import { median } from "./median.ts";

/** Of one run. */
export const STEPS = 500;
const ROUNDS = 7;

export const Increment = component("Increment", async ({ value }: { readonly value: number }) => value + 1);

/** What the plain step is compared with, by how it is printed. Of each, `value` becomes `value + 1`. */
export type StepKinds = Readonly<Record<string, Pick<typeof Increment, "run">>>;

/** `check` throws where a run of the kind did not do what is measured. */
export async function benchKinds(
  title: string,
  others: StepKinds,
  check: (kind: string, view: RunView) => void = () => {},
): Promise<void> {
  const kinds: StepKinds = { plain: Increment, ...others };
  const costs = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, cost] of await measureRound(kinds, check)) costs.get(kind)!.push(cost);
  }
  console.log(`${title}, embedded store, ${STEPS} awaited steps, processor time, median of ${ROUNDS}:`);
  const plain = costs.get("plain")!;
  for (const [kind, all] of costs) {
    const ratio = median(all.map((cost, round) => cost / plain[round]!));
    console.log(
      `  step ${kind.padEnd(36)} ${median(all).toFixed(1).padStart(7)} µs   ratio ${ratio.toFixed(2)}`,
    );
  }
}

/** In microseconds per step. */
async function measureRound(
  kinds: StepKinds,
  check: (kind: string, view: RunView) => void,
): Promise<readonly (readonly [string, number])[]> {
  const Count = workflow("count", async ({ steps, kind }: { steps: number; kind: string }) => {
    let value = 0;
    for (let step = 0; step < steps; step++) value = await kinds[kind]!.run({ value });
    return value;
  });
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    const worker = createWorker({ store, workflows: [Count], dev: false });
    await worker.start();
    const client = createStoreClient(store);
    const execute = async (kind: string): Promise<RunView> => {
      const { run } = await client.start("count", { steps: STEPS, kind });
      const view = await client.waitForEnd(run.runId);
      if (view.output !== STEPS) throw new Error(`${kind}: ${view.status}`);
      return view;
    };
    await execute("plain");
    const costs: (readonly [string, number])[] = [];
    for (const kind of Object.keys(kinds)) {
      const before = process.cpuUsage();
      const view = await execute(kind);
      const { user, system } = process.cpuUsage(before);
      check(kind, view);
      costs.push([kind, (user + system) / STEPS]);
    }
    await worker.stop();
    return costs;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
