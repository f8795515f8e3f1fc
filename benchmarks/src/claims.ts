/**
 * What a claim costs in the embedded store while very many runs wait, of one tenant and of many: next to a fenced append,
 * in one run. It must stay flat. Processor time, as the machine may be busy with other things.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Claim, Store } from "@alder/core/store";
import { median } from "./median.ts";

const CLAIMS = 300;
const ROUNDS = 5;
const SHAPES = [
  { runs: 500, tenants: 1 },
  { runs: 500, tenants: 500 },
  { runs: 20_000, tenants: 1 },
  { runs: 20_000, tenants: 5_000 },
] as const;

export async function benchClaims(): Promise<void> {
  console.log(`claim of one run, embedded store, ${CLAIMS} claims, median of ${ROUNDS}, processor time:`);
  for (const { runs, tenants } of SHAPES) {
    const costs: number[] = [];
    const ratios: number[] = [];
    await inStore(async (store) => {
      await fill(store, runs, tenants);
      for (let round = 0; round < ROUNDS; round++) {
        const claims: Claim[] = [];
        const claim = await measure(async () => void claims.push(await claimOne(store)));
        const append = await measure((index) => appendOne(store, claims[index]!));
        costs.push(claim);
        ratios.push(claim / append);
        // As many wait as before.
        for (const { token, tail } of claims)
          await store.release({ token, after: tail + 1, records: [], progress: false });
      }
    });
    const shape = `${String(runs).padStart(6)} runs of ${String(tenants).padStart(5)} tenants`;
    const ratio = median(ratios).toFixed(2);
    console.log(`  ${shape}   ${median(costs).toFixed(0).padStart(4)} µs   ${ratio} of an append`);
  }
}

async function fill(store: Store, runs: number, tenants: number): Promise<void> {
  for (let index = 0; index < runs; index++) {
    const tenant = tenants === 1 ? "" : `tenant-${index % tenants}`;
    await store.createRun({ workflow: "bench", queue: "bench", input: {}, tenant });
  }
}

async function claimOne(store: Store): Promise<Claim> {
  const request = { worker: "bench", queues: ["bench"], limit: 1, leaseMs: 600_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (!claim) throw new Error("nothing to claim");
  return claim;
}

async function appendOne(store: Store, { token, tail }: Claim): Promise<void> {
  const event = { type: "status", message: "some text", step: null } as const;
  const result = await store.append({ token, after: tail, records: [{ event }], progress: false });
  if (result.outcome !== "written") throw new Error(result.outcome);
}

/** Microseconds a call. */
async function measure(call: (index: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < CLAIMS; index++) await call(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CLAIMS;
}

async function inStore(use: (store: Store) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    await use(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
