/**
 * What limits cost in a store, next to bare fenced appends to the same store in the same run: a permit that is free, asked for
 * and given back; and one of many that are waited for, given back and heard of by the next.
 */
import type { AcquirePermits, LimitNumbers, Store } from "@alder/core/store";
import { median } from "./median.ts";

export interface LimitSizes {
  readonly rounds: number;
  /** Appends, and permits. */
  readonly permits: number;
  /** How many wait: few, and many. */
  readonly waiting: readonly [few: number, many: number];
}

const LEASE_MS = 600_000;
/** Waited for by so many tenants. */
const TENANTS = 20;
const all: LimitNumbers = {
  concurrency: 100_000,
  rate: { count: 100_000_000, periodMs: 60_000 },
  tokens: { count: 1_000_000_000, periodMs: 60_000 },
  breaker: { failures: 5, withinMs: 10_000, openMs: 10_000 },
};

export async function benchLimits(
  name: string,
  store: Store,
  { rounds, permits, waiting }: LimitSizes,
): Promise<void> {
  const bare: number[] = [];
  const free: number[] = [];
  const inLine = waiting.map((): number[] => []);
  // In turns, so that a machine whose speed drifts is the same for all. The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const isMeasured = round > 0;
    const times = [await appendBarely(store, permits), await acquireFreely(store, permits)];
    for (const count of waiting) times.push(await waitInLine(store, `${round} ${count}`, count, permits));
    if (!isMeasured) continue;
    for (const [index, figures] of [bare, free, ...inLine].entries()) figures.push(times[index]!);
  }
  const shown = (figures: readonly number[]): string => {
    const ratio = median(figures.map((time, round) => time / bare[round]!));
    return `${median(figures).toFixed(0)} µs   ratio ${ratio.toFixed(2)}`;
  };
  console.log(`limits: ${name}, ${permits} permits, one after the other, median of ${rounds}:`);
  console.log(`  bare fenced append                     ${median(bare).toFixed(0)} µs`);
  console.log(`  asked for, free, given back            ${shown(free)}`);
  for (const [index, count] of waiting.entries()) {
    const title = `given back, heard of by the next of ${count}`;
    console.log(`  ${title.padEnd(38)} ${shown(inLine[index]!)}`);
  }
}

/** Microseconds an append. */
async function appendBarely(store: Store, appends: number): Promise<number> {
  await store.createRun({ workflow: "bench", queue: "bench", input: {} });
  const request = { worker: "bench", queues: ["bench"], limit: 1, leaseMs: LEASE_MS, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (claim === undefined) throw new Error("nothing to claim");
  const { token } = claim;
  let after = claim.tail;
  const started = performance.now();
  for (let append = 0; append < appends; append++) {
    const event = { type: "status", message: "a step of some length", step: "step-0123456789" } as const;
    const entry = { t: "ok", id: "step-0123456789", value: append };
    const result = await store.append({ token, after, records: [{ event, entry }], progress: true });
    if (result.outcome !== "written") throw new Error(result.outcome);
    after += 1;
  }
  const tookMs = performance.now() - started;
  const records = [{ event: { type: "run.completed", output: null } }] as const;
  await store.finish({ token, after, records, progress: true, status: "completed" });
  return (tookMs / appends) * 1000;
}

/** Microseconds a permit. */
async function acquireFreely(store: Store, permits: number): Promise<number> {
  const request = requestOf("free", all);
  let heard = 0;
  const started = performance.now();
  for (let count = 0; count < permits; count++) {
    const id = `run-0123456789 step-${count}`;
    const wanted = [{ id, tenant: "tenant", slot: true }];
    const result = await store.acquirePermits({ ...request, heard, wanted });
    if (result.answers[0]?.outcome !== "granted") throw new Error("a permit that is free was not granted");
    heard = result.heard;
    await store.releasePermits({
      key: "free",
      worker: "w",
      given: [{ id, tokens: 1_000, outcome: "ok" }],
    });
  }
  return ((performance.now() - started) / permits) * 1000;
}

/** Microseconds from one permit to the next, while so many wait. */
async function waitInLine(store: Store, key: string, waiting: number, permits: number): Promise<number> {
  const request = requestOf(key, { ...all, concurrency: 1 });
  let added = 0;
  let heard = 0;
  const add = async (count: number): Promise<void> => {
    const wanted = Array.from({ length: count }, () => {
      added += 1;
      return { id: `run-0123456789 step-${added}`, tenant: `tenant ${added % TENANTS}`, slot: true };
    });
    heard = (await store.acquirePermits({ ...request, heard, wanted })).heard;
  };
  await add(1);
  while (added <= waiting) await add(Math.min(500, waiting + 1 - added));
  let held = "run-0123456789 step-1";
  const started = performance.now();
  for (let count = 0; count < permits; count++) {
    await store.releasePermits({ key, worker: "w", given: [{ id: held, tokens: 1_000, outcome: "ok" }] });
    // As many come as go, and come with the question who is next.
    added += 1;
    const wanted = [{ id: `run-0123456789 step-${added}`, tenant: `tenant ${added % TENANTS}`, slot: true }];
    const result = await store.acquirePermits({ ...request, heard, wanted });
    heard = result.heard;
    if (result.granted.length !== 1) throw new Error("nobody is next");
    held = result.granted[0]!;
  }
  return ((performance.now() - started) / permits) * 1000;
}

function requestOf(key: string, limit: LimitNumbers): Omit<AcquirePermits, "wanted" | "heard"> {
  return { key, limit, definedAt: 1, worker: "w", leaseMs: LEASE_MS };
}
