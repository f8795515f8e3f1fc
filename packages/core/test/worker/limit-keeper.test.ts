/** What the steps of a worker have of limits: the invariants of limit-keeper.ts, on the store in memory. */
import type { LimitStore, Store } from "@alder/core/store";
import { createManualClock, createMemoryStore, type ManualClock } from "@alder/core/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { createDeferred } from "../engine/harness.ts";
import { systemClock } from "../../src/internal/clock.ts";
import type { Permit, PermitWait } from "../../src/engine/permit-desk.ts";
import type { LimitNumbers } from "../../src/store/limits.ts";
import { LimitKeeper, type RunPermits } from "../../src/worker/limit-keeper.ts";

const LEASE_MS = 6000;
const START = Date.UTC(2026, 0, 1);

let clock: ManualClock;
let store: Store;
/** What was asked of the store, call after call. */
let calls: string[];
/** Errors that the next calls meet. */
let failures: Error[];
let errors: unknown[];
/** What answers wait for. */
let answered: Promise<void> | undefined;
/** The most calls that were under way at once. */
let mostAtOnce: number;
/** The store tells nobody. */
let isDeaf: boolean;
beforeEach(() => {
  isDeaf = false;
  clock = createManualClock(START);
  store = createMemoryStore({ clock });
  [calls, failures, errors, mostAtOnce, answered] = [[], [], [], 0, undefined];
});

/** The store, watched. */
function watched(): LimitStore {
  let underWay = 0;
  const call = async <T>(text: string, send: () => Promise<T>): Promise<T> => {
    calls.push(text);
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    try {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const answer = await send();
      await answered;
      return answer;
    } finally {
      underWay--;
    }
  };
  const idsOf = (list: readonly { readonly id: string }[]): string => list.map(({ id }) => id).join(" ");
  return {
    ...store,
    acquirePermits: (request) =>
      call(`ask ${idsOf(request.wanted)}`.trim(), () => store.acquirePermits(request)),
    releasePermits: (request) => call(`give ${idsOf(request.given)}`, () => store.releasePermits(request)),
    renewPermits: (request) => call(`renew ${idsOf(request.held)}`, () => store.renewPermits(request)),
    watchLimit: (...given) => (isDeaf ? () => {} : store.watchLimit(...given)),
    pauseLimit: (key, until) => call("pause", () => store.pauseLimit(key, until)),
  };
}

function keeperOf(worker = "w", renewEveryMs?: number): LimitKeeper {
  return new LimitKeeper({
    store: watched(),
    worker,
    clock,
    leaseMs: LEASE_MS,
    ...(renewEveryMs === undefined ? {} : { renewEveryMs }),
    onStoreError: (error) => errors.push(error),
  });
}

interface Step {
  state: "asked" | "granted" | "open" | "lost";
  readonly waits: PermitWait[];
  readonly conflicts: unknown[];
  readonly permit: Permit;
}

function ask(run: RunPermits, id: string, numbers: LimitNumbers = { concurrency: 1 }): Step {
  const step = { state: "asked", waits: [], conflicts: [] } as unknown as {
    -readonly [K in keyof Step]: Step[K];
  };
  step.permit = run.ask({
    limit: { key: "llm", numbers },
    id,
    slot: true,
    onGranted: () => (step.state = "granted"),
    onWaiting: (wait) => void step.waits.push(wait),
    onOpen: () => (step.state = "open"),
    onLost: () => (step.state = "lost"),
    onConflict: (...said) => void step.conflicts.push(said),
  });
  return step;
}

async function settle(...keepers: readonly LimitKeeper[]): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = keepers.some((keeper) => keeper.isBusy) ? 0 : quiet + 1;
  }
}

const OK = { outcome: "ok" } as const;

describe("one call of a key is under way at a time (invariant 1)", () => {
  test("steps that come together are asked for together, in their order", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const steps = ["a", "b", "c"].map((id) => ask(run, id));
    await settle(keeper);
    expect(calls).toEqual(["ask r:a r:b r:c"]);
    expect(steps.map(({ state }) => state)).toEqual(["granted", "asked", "asked"]);
    expect(steps[2]?.waits).toEqual([{ reason: "concurrency", until: null, ahead: 1 }]);
  });

  test("what comes meanwhile is the next call; what is given back goes before what is asked", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const first = ask(run, "a");
    await new Promise((resolve) => setImmediate(resolve));
    const second = ask(run, "b");
    await settle(keeper);
    first.permit.giveBack(OK);
    ask(run, "c");
    await settle(keeper);
    expect(second.state).toBe("granted");
    expect(calls.slice(0, 4)).toEqual(["ask r:a", "ask r:b", "give r:a", "ask r:b r:c"]);
    expect(mostAtOnce).toBe(1);
  });

  test("a permit that another worker's step gives back reaches who is next, by the watch", async () => {
    const [one, two] = [keeperOf("one"), keeperOf("two")];
    const first = ask(one.forRun("r", ""), "a");
    await settle(one);
    const second = ask(two.forRun("s", ""), "b");
    await settle(two);
    expect(second.state).toBe("asked");
    first.permit.giveBack(OK);
    await settle(one, two);
    expect(second.state).toBe("granted");
  });
});

describe("nothing depends on being told (invariant 2)", () => {
  test("a permit of which the message was lost is heard of with the next heartbeat", async () => {
    isDeaf = true;
    const [keeper, other] = [keeperOf("w", 1000), keeperOf("other")];
    const held = ask(other.forRun("s", ""), "a");
    await settle(other);
    const step = ask(keeper.forRun("r", ""), "b");
    await settle(keeper);
    held.permit.giveBack(OK);
    await settle(other, keeper);
    expect(step.state).toBe("asked");
    clock.advance(1000);
    await settle(keeper);
    expect(step.state).toBe("granted");
  });
});

describe("the store is not kept busy", () => {
  test("by a worker whose clock was put forward", async () => {
    const keeper = new LimitKeeper({
      store: watched(),
      worker: "w",
      clock: { ...systemClock, now: () => START + 3_600_000 + performance.now() },
      leaseMs: LEASE_MS,
      onStoreError: (error) => errors.push(error),
    });
    const run = keeper.forRun("r", "");
    for (const id of ["a", "b"]) ask(run, id, { rate: { count: 1, periodMs: 60_000 } });
    while (calls.length < 8) await new Promise((resolve) => setImmediate(resolve));
    const before = performance.now();
    while (calls.length < 10) await new Promise((resolve) => setImmediate(resolve));
    const tookMs = performance.now() - before;
    keeper.drop();
    expect(tookMs).toBeGreaterThan(150);
  });

  test("by calls that name more than some hundreds", async () => {
    const keeper = keeperOf("w", 1000);
    const run = keeper.forRun("r", "");
    const steps = Array.from({ length: 1200 }, (_, index) => ask(run, `${index}`));
    await settle(keeper);
    clock.advance(1000);
    await settle(keeper);
    for (const { permit } of steps) permit.giveBack(OK);
    await settle(keeper);
    expect(await store.readLimit("llm")).toMatchObject({ slots: 0, waiting: 0 });
    for (const verb of ["ask", "renew", "give"]) {
      const named = calls.filter((call) => call.startsWith(verb)).map((call) => call.split(" ").length - 1);
      expect(named.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(1200);
      expect(Math.max(...named)).toBeLessThanOrEqual(500);
    }
  });
});

describe("what is not wanted any more is given back (invariant 3)", () => {
  test("also where the answer that gave it is still to come", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const answer = createDeferred();
    answered = answer.promise;
    const step = ask(run, "a");
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await store.readLimit("llm")).toMatchObject({ slots: 1 });
    step.permit.giveBack({ outcome: "none", tokens: 0 });
    answer.resolve();
    await settle(keeper);
    expect(step.state).toBe("asked");
    expect(await store.readLimit("llm")).toMatchObject({ slots: 0, waiting: 0 });
  });

  test("what the store was never told of is not told of", async () => {
    const keeper = keeperOf();
    ask(keeper.forRun("r", ""), "a").permit.giveBack(OK);
    await settle(keeper);
    expect(calls).toEqual([]);
  });

  test("an attempt that asks again under its id has a place of its own", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const first = ask(run, "a");
    await settle(keeper);
    first.permit.giveBack(OK);
    const again = ask(run, "a");
    await settle(keeper);
    expect(again.state).toBe("granted");
    expect(await store.readLimit("llm")).toMatchObject({ slots: 1 });
  });

  test("before the worker is gone", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const [held, waits] = [ask(run, "a"), ask(run, "b")];
    await settle(keeper);
    held.permit.giveBack(OK);
    waits.permit.giveBack(OK);
    await keeper.stop();
    expect(await store.readLimit("llm")).toMatchObject({ slots: 0, waiting: 0 });
  });
});

describe("a store that does not answer", () => {
  test("is asked again, and nothing is lost", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    failures.push(new Error("away"));
    const step = ask(run, "a");
    await settle(keeper);
    expect(step.state).toBe("granted");
    failures.push(new Error("away"), new Error("still away"));
    step.permit.giveBack(OK);
    await settle(keeper);
    expect(await store.readLimit("llm")).toMatchObject({ slots: 0 });
    expect(errors).toHaveLength(3);
  });
});

describe("leases (invariant 4)", () => {
  test("permits and places are renewed, for as long as there are any", async () => {
    const keeper = keeperOf("w", 1000);
    const run = keeper.forRun("r", "");
    const [held, waits] = [ask(run, "a"), ask(run, "b")];
    await settle(keeper);
    for (let second = 0; second < 20; second++) {
      clock.advance(1000);
      await settle(keeper);
    }
    expect(held.state).toBe("granted");
    expect(calls).toContain("renew r:a r:b");
    held.permit.giveBack(OK);
    await settle(keeper);
    expect(waits.state).toBe("granted");
    waits.permit.giveBack(OK);
    await settle(keeper);
    clock.advance(1000);
    await settle(keeper);
    expect(clock.nextTimerAt()).toBeNull();
  });

  test("one that was asked for, and not answered yet, when others were renewed is renewed as well", async () => {
    const [keeper, other] = [keeperOf("w", 1000), keeperOf("other")];
    const run = keeper.forRun("r", "");
    ask(run, "a").permit.giveBack(OK);
    const answer = createDeferred();
    answered = answer.promise;
    const step = ask(run, "b");
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
    answer.resolve();
    await settle(keeper);
    expect(step.state).toBe("granted");
    for (let second = 0; second < 10; second++) {
      clock.advance(1000);
      await settle(keeper);
    }
    const next = ask(other.forRun("s", ""), "c");
    await settle(other);
    expect([step.state, next.state]).toEqual(["granted", "asked"]);
  });

  test("a run that came back renews what it has again", async () => {
    const [keeper, other] = [keeperOf("w", 1000), keeperOf("other")];
    const held = ask(other.forRun("s", ""), "a");
    await settle(other);
    const run = keeper.forRun("r", "");
    const step = ask(run, "b");
    await settle(keeper);
    await run.leave();
    clock.advance(1000);
    await settle(keeper);
    run.comeBack();
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await settle(keeper);
    }
    held.permit.giveBack(OK);
    await settle(other, keeper);
    expect(step.state).toBe("granted");
    clock.advance(1000);
    await settle(keeper);
    expect(calls.at(-1)).toBe("renew r:b");
  });

  test("a permit that was lost is told; a lost place is asked for anew", async () => {
    const [silent, other] = [keeperOf("silent", LEASE_MS * 2), keeperOf("other")];
    const run = silent.forRun("r", "");
    const [held, waits] = [ask(run, "a"), ask(run, "b")];
    await settle(silent);
    clock.advance(LEASE_MS + 1);
    const taken = ask(other.forRun("s", ""), "c");
    await settle(other);
    expect(taken.state).toBe("granted");
    clock.advance(LEASE_MS);
    await settle(silent, other);
    expect(held.state).toBe("lost");
    held.permit.giveBack(OK);
    taken.permit.giveBack(OK);
    await settle(silent, other);
    expect(waits.state).toBe("granted");
  });
});

describe("a run that is parked", () => {
  const slow = { rate: { count: 1, periodMs: 3000 } };

  test("keeps its place, and does not keep others waiting", async () => {
    const keeper = keeperOf();
    await store.pauseLimit("llm", START + 60_000);
    const parked = keeper.forRun("parked", "");
    const first = ask(parked, "a");
    await settle(keeper);
    const [second] = [ask(keeper.forRun("s", ""), "b")];
    await settle(keeper);
    expect(first.waits.at(-1)).toMatchObject({ reason: "paused", until: START + 60_000 });
    await parked.leave();
    parked.forget();
    first.permit.giveBack({ outcome: "none", tokens: 0 });
    await settle(keeper);
    // Another life, of another worker, before its turn has come.
    clock.advance(59_000);
    const later = keeperOf("later");
    const again = ask(later.forRun("parked", ""), "a");
    await settle(later);
    clock.advance(1000);
    await settle(keeper, later);
    expect([again.state, second?.state]).toEqual(["granted", "asked"]);
  });

  test("gets no permit while it is away", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    ask(run, "a", slow);
    await settle(keeper);
    const away = ask(run, "b", slow);
    const beside = ask(keeper.forRun("s", ""), "c", slow);
    await settle(keeper);
    await run.leave();
    clock.advance(4000);
    await settle(keeper);
    expect([away.state, beside.state]).toEqual(["asked", "granted"]);
    // It was not parked after all.
    run.comeBack();
    clock.advance(4000);
    await settle(keeper);
    expect(away.state).toBe("granted");
  });
});

describe("what holds for a whole key is told to all who wait on this worker", () => {
  test("a pause, when it begins and when it is over", async () => {
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const steps = ["a", "b", "c"].map((id) => ask(run, id));
    await settle(keeper);
    run.pause("llm", START + 30_000);
    await settle(keeper);
    steps[0]!.permit.giveBack(OK);
    await settle(keeper);
    for (const { waits } of steps.slice(1)) expect(waits.at(-1)).toMatchObject({ reason: "paused" });
    clock.advance(30_000);
    await settle(keeper);
    expect(steps[1]?.state).toBe("granted");
    expect(steps[2]?.waits.at(-1)).toMatchObject({ reason: "concurrency" });
  });

  test("an open circuit: nobody waits for a provider that is ill", async () => {
    const numbers = { concurrency: 1, breaker: { failures: 1, withinMs: 1000, openMs: 1000 } };
    const keeper = keeperOf();
    const run = keeper.forRun("r", "");
    const steps = ["a", "b", "c"].map((id) => ask(run, id, numbers));
    await settle(keeper);
    steps[0]!.permit.giveBack({ outcome: "failed" });
    await settle(keeper);
    expect(steps.slice(1).map(({ state }) => state)).toEqual(["open", "open"]);
    expect(await store.readLimit("llm")).toMatchObject({ slots: 0, waiting: 0 });
  });

  test("other numbers of another worker, once", async () => {
    const [old, young] = [keeperOf("old"), (clock.advance(5), keeperOf("young"))];
    ask(old.forRun("r", ""), "a", { concurrency: 1 });
    await settle(old);
    const step = ask(young.forRun("s", ""), "b", { concurrency: 2 });
    await settle(young);
    expect(step.conflicts).toEqual([[{ concurrency: 1 }, false]]);
    const late = ask(old.forRun("r", ""), "c", { concurrency: 1 });
    await settle(old);
    ask(old.forRun("r", ""), "d", { concurrency: 1 });
    await settle(old);
    expect(late.conflicts).toHaveLength(0);
  });
});
