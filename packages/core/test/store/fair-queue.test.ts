// Whatever is ready, and whatever becomes of it: no tenant waits for more than one turn of every other of its priority.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedisStore } from "@alder/core/redis";
import { createSqliteStore } from "@alder/core/sqlite";
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import type { Claim, Store } from "@alder/core/store";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type RedisServer } from "./redis/redis-server.ts";

const RUNS = Number(process.env["ALDER_FUZZ_RUNS"] ?? 60);

interface Ready {
  readonly runId: string;
  readonly tenant: string;
  readonly priority: number;
  readonly age: number;
}

/** Who has waited in a line, and how often others were served meanwhile. */
class Watcher {
  readonly #ready = new Map<string, Ready>();
  readonly #passed = new Map<string, Map<string, number>>();

  came(run: Ready): void {
    this.#ready.set(run.runId, run);
    const place = placeOf(run);
    if (!this.#passed.has(place)) this.#passed.set(place, new Map());
  }

  left(runId: string): Ready {
    const run = this.#ready.get(runId)!;
    this.#ready.delete(runId);
    const isStillThere = [...this.#ready.values()].some((other) => placeOf(other) === placeOf(run));
    if (!isStillThere) this.#passed.delete(placeOf(run));
    return run;
  }

  served(runId: string): Ready {
    const run = this.#ready.get(runId);
    if (run === undefined) throw new Error(`run ${runId} was not ready`);
    const others = [...this.#ready.values()];
    expect(run.priority).toBe(Math.max(...others.map(({ priority }) => priority)));
    const own = others.filter((other) => placeOf(other) === placeOf(run));
    expect(run.age).toBe(Math.min(...own.map(({ age }) => age)));
    this.left(runId);
    for (const [place, passed] of this.#passed) {
      if (place === placeOf(run) || !place.startsWith(`${run.priority} `)) continue;
      const times = (passed.get(run.tenant) ?? 0) + 1;
      expect([place, run.tenant, times]).toEqual([place, run.tenant, 1]);
      passed.set(run.tenant, times);
    }
    this.#passed.get(placeOf(run))?.clear();
    return run;
  }
}

function placeOf({ priority, tenant }: Ready): string {
  return `${priority} ${tenant}`;
}

const tenant = fc.constantFrom("", "a", "b", "c", "d");
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      tenant,
      priority: fc.constantFrom(0, 0, 0, 1),
      count: fc.constantFrom(1, 1, 6),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("claim" as const), limit: fc.nat({ max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("release" as const, "wake" as const),
      which: fc.nat({ max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat({ max: 9 }) }) },
);

async function watch(
  store: Store,
  actions: readonly (typeof action extends fc.Arbitrary<infer A> ? A : never)[],
) {
  const watcher = new Watcher();
  const born: Ready[] = [];
  const owned = new Map<string, { readonly claim: Claim; readonly run: Ready }>();
  for (const each of actions) {
    if (each.do === "create") {
      for (let index = 0; index < each.count; index++) {
        const { tenant: name, priority } = each;
        const request = { workflow: "article", queue: "q", input: {}, tenant: name, priority };
        const made = await store.createRun(request);
        if (made.outcome === "conflict") throw new Error("no key was given");
        const run = { runId: made.run.runId, tenant: name, priority, age: born.length };
        born.push(run);
        watcher.came(run);
      }
    } else if (each.do === "claim") {
      const request = { worker: "w", queues: ["q"], limit: each.limit, leaseMs: 60_000, idle: true };
      for (const claim of (await store.claim(request)).claims) {
        const run = watcher.served(claim.token.runId);
        owned.set(run.runId, { claim, run });
      }
    } else if (each.do === "cancel") {
      const run = born[each.which % Math.max(1, born.length)];
      if (run === undefined || owned.has(run.runId)) continue;
      if ((await store.requestCancel(run.runId)) === "cancelled") watcher.left(run.runId);
    } else {
      const [runId, own] = [...owned][each.which % Math.max(1, owned.size)] ?? [];
      if (runId === undefined) continue;
      const append = { token: own!.claim.token, after: own!.claim.tail, records: [], progress: false };
      if (each.do === "release") await store.release(append);
      else {
        await store.park({ ...append, wakeAt: null, signalsSeen: own!.claim.signals.length });
        await store.sendSignal(runId, { id: `${own!.claim.execution}`, name: "go", payload: null });
      }
      owned.delete(runId);
      watcher.came(own!.run);
    }
  }
}

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let opened = 0;
const stores: Record<string, () => Promise<{ store: Store; dispose: () => Promise<void> }>> = {
  "in memory": async () => ({
    store: createMemoryStore({ clock: createManualClock() }),
    dispose: async () => {},
  }),
  "in a file": async () => {
    const folder = await mkdtemp(join(tmpdir(), "alder-fair-"));
    const store = createSqliteStore({ path: join(folder, "runs.db"), clock: createManualClock() });
    return { store, dispose: () => rm(folder, { recursive: true }) };
  },
  "in Redis": async () => {
    const store = createRedisStore({ url: server.url, prefix: `fair-${++opened}` });
    return { store, dispose: async () => {} };
  },
};

test.each(Object.keys(stores))("turns %s", { timeout: 300_000 }, async (name) => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
      const { store, dispose } = await stores[name]!();
      try {
        await watch(store, actions);
      } finally {
        await store.close();
        await dispose();
      }
    }),
    { numRuns: RUNS },
  );
});
