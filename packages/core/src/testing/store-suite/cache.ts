import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import type { CacheAnswer, FillCache, ReadOrLead } from "../../store/cache.ts";
import type { Store } from "../../store/store.ts";
import { LEASE_MS, type DeclareTest } from "./scene.ts";

const HOUR_MS = 3_600_000;
const LEAD = { outcome: "lead" } as const;

export function testCache(test: DeclareTest): void {
  test("the first that needs a value leads, others wait, and have it once it is filled", async (scene) => {
    const { store, other } = scene;
    const asked = await store.now();
    assertEqual(await store.readOrLead(need("a")), LEAD);
    const waiting = await other.readOrLead(need("b"));
    assert(waiting.outcome === "wait");
    assert(waiting.until >= asked + LEASE_MS);
    assertEqual(await store.fillCache(made("a", { n: [1, "ü"] })), "filled");
    for (const holder of ["a", "b", "c"]) {
      const hit = await other.readOrLead(need(holder));
      assertEqual(valueOf(hit), { n: [1, "ü"] });
      assert(hit.outcome === "hit" && hit.at >= asked);
    }
  });

  test("of many that ask at once, one leads", async ({ store, other }) => {
    const holders = Array.from({ length: 40 }, (_, index) => `${index}`);
    const answers = await Promise.all(
      holders.map((holder, index) => (index % 2 === 0 ? store : other).readOrLead(need(holder))),
    );
    assertEqual(answers.filter(({ outcome }) => outcome === "lead").length, 1);
    assertEqual(answers.filter(({ outcome }) => outcome === "wait").length, 39);
  });

  test("who leads and asks again leads, from another worker, too", async ({ store }) => {
    assertEqual(await store.readOrLead(need("a")), LEAD);
    assertEqual(await store.readOrLead(need("a")), LEAD);
    assertEqual(await store.readOrLead(need("a", { worker: "w2" })), LEAD);
    // Then it is that worker's.
    await store.giveUpLeads("w1", [{ key: "k", holder: "a" }]);
    assertEqual((await store.readOrLead(need("b"))).outcome, "wait");
    await store.giveUpLeads("w2", [{ key: "k", holder: "a" }]);
    assertEqual(await store.readOrLead(need("b")), LEAD);
  });

  test("a fill that is sent again is acknowledged, until somebody else has filled", async ({ store }) => {
    await store.readOrLead(need("a"));
    assertEqual(await store.fillCache(made("a", 1)), "filled");
    const hit = await store.readOrLead(need("b"));
    assertEqual(await store.fillCache(made("a", 1)), "filled");
    assertEqual(await store.readOrLead(need("b")), hit);
    await store.readOrLead(need("b", { takeOver: true }));
    await store.fillCache(made("b", 2));
    assertEqual(await store.fillCache(made("a", 1)), "lost");
    assertEqual(valueOf(await store.readOrLead(need("c"))), 2);
  });

  test("a value expires, at its time and not before", async ({ store, advance }) => {
    await store.readOrLead(need("a"));
    await store.fillCache(made("a", 1));
    await advance(HOUR_MS - 60_000);
    assertEqual(valueOf(await store.readOrLead(need("b"))), 1);
    await advance(60_001);
    assertEqual(await store.readOrLead(need("b")), LEAD);
    assertEqual(await store.fillCache(made("a", 1)), "lost");
  });

  test("a leader that is not heard of for a lease is followed by another, and fills nothing", async (scene) => {
    const { store, advance } = scene;
    await store.readOrLead(need("a"));
    await advance(LEASE_MS - 500);
    assertEqual(await renew(store, "a"), []);
    await advance(LEASE_MS - 500);
    assertEqual((await store.readOrLead(need("b"))).outcome, "wait");
    await advance(501);
    assertEqual(await store.readOrLead(need("b")), LEAD);
    assertEqual(await renew(store, "a", "b"), ["a"]);
    assertEqual(await store.fillCache(made("a", 1)), "lost");
    assertEqual(await store.fillCache(made("b", 2)), "filled");
    assertEqual(valueOf(await store.readOrLead(need("a"))), 2);
  });

  test("a lead is renewed by the worker that has it, before its lease is over", async ({
    store,
    advance,
  }) => {
    await store.readOrLead(need("a"));
    assertEqual(await renew(store, "a", "nobody"), ["nobody"]);
    const leads = [{ key: "k", holder: "a" }];
    assertEqual((await store.renewLeads({ worker: "w2", leaseMs: LEASE_MS, leads })).lost, leads);
    await advance(LEASE_MS + 1);
    assertEqual((await store.renewLeads({ worker: "w1", leaseMs: LEASE_MS, leads })).lost, leads);
    // Also where nobody else has it.
    assertEqual(await store.fillCache(made("a", 1)), "lost");
  });

  test("who gives up makes room for another; others' leads are not theirs to give up", async ({ store }) => {
    await store.readOrLead(need("a"));
    await store.giveUpLeads("w1", [{ key: "k", holder: "b" }]);
    assertEqual((await store.readOrLead(need("b"))).outcome, "wait");
    await store.giveUpLeads("w1", [{ key: "k", holder: "a" }]);
    await store.giveUpLeads("w1", [{ key: "k", holder: "a" }]);
    assertEqual(await store.readOrLead(need("b")), LEAD);
    assertEqual(await store.fillCache(made("a", 1)), "lost");
  });

  test("a value that is too old for somebody is made anew, and stays for the others until then", async (scene) => {
    const { store } = scene;
    await store.readOrLead(need("a"));
    await store.fillCache(made("a", 1));
    const hit = await store.readOrLead(need("b"));
    assert(hit.outcome === "hit");
    const newer = { newerThan: hit.at };
    assertEqual(await store.readOrLead(need("b", newer)), LEAD);
    assertEqual((await store.readOrLead(need("c", newer))).outcome, "wait");
    assertEqual(valueOf(await store.readOrLead(need("d"))), 1);
    await store.fillCache(made("b", 2));
    // Newer, though no time has passed.
    assertEqual(valueOf(await store.readOrLead(need("c", newer))), 2);
    await store.giveUpLeads("w1", [{ key: "k", holder: "b" }]);
    assertEqual(valueOf(await store.readOrLead(need("d"))), 2);
  });

  test("who takes over leads, and what the one before has made is not kept", async ({ store }) => {
    await store.readOrLead(need("a"));
    await store.fillCache(made("a", 1));
    assertEqual(await store.readOrLead(need("b", { takeOver: true })), LEAD);
    assertEqual(await store.readOrLead(need("c", { takeOver: true })), LEAD);
    assertEqual(await store.fillCache(made("b", 2)), "lost");
    assertEqual(valueOf(await store.readOrLead(need("d"))), 1);
    assertEqual(await store.fillCache(made("c", 3)), "filled");
    assertEqual(valueOf(await store.readOrLead(need("d"))), 3);
  });

  test("values are cleared by component, by tenant, by both, or all", async ({ store, other }) => {
    const places = [
      { component: "Draft", tenant: "acme" },
      { component: "Draft", tenant: "acme 2" },
      { component: "Draft", tenant: "" },
      { component: "Draft", tenant: null },
      { component: "Draft 2", tenant: "acme" },
      { component: "Plan", tenant: "ümlaut %" },
    ];
    const left = async (): Promise<number[]> => {
      const found = await Promise.all(
        places.map(async (place, index) => {
          const request = { ...need("reader", place), key: `k${index}` };
          const answer = await store.readOrLead(request);
          if (answer.outcome === "lead") await store.giveUpLeads("w1", [request]);
          return answer.outcome === "hit" ? [index] : [];
        }),
      );
      return found.flat();
    };
    const fillAll = async (): Promise<void> => {
      for (const [index, place] of places.entries()) {
        const key = `k${index}`;
        await store.readOrLead({ ...need("a", place), key, takeOver: true });
        await store.fillCache({ ...made("a", index), ...place, key });
      }
    };
    for (const [filter, rest] of [
      [{ component: "Draft" }, [4, 5]],
      [{ tenant: "acme" }, [1, 2, 3, 5]],
      [{ tenant: "" }, [0, 1, 3, 4, 5]],
      [{ component: "Draft", tenant: "acme" }, [1, 2, 3, 4, 5]],
      [{ component: "Plan", tenant: "acme" }, [0, 1, 2, 3, 4, 5]],
      [{ tenant: "ümlaut %" }, [0, 1, 2, 3, 4]],
      [{ component: "Draft 2" }, [0, 1, 2, 3, 5]],
      [{}, []],
    ] as const) {
      await fillAll();
      assertEqual([filter, await other.clearCache(filter)], [filter, places.length - rest.length]);
      assertEqual([filter, await left()], [filter, rest]);
      assertEqual(await other.clearCache(filter), 0);
    }
  });

  test("clearing ends the leads of those that were making such values", async ({ store }) => {
    await store.readOrLead(need("a"));
    assertEqual(await store.clearCache({ component: "Other" }), 0);
    assertEqual(await renew(store, "a"), []);
    assertEqual(await store.clearCache({ component: "Draft" }), 0);
    assertEqual(await renew(store, "a"), ["a"]);
    // What it makes may be what was to be cleared.
    assertEqual(await store.fillCache(made("a", 1)), "lost");
    assertEqual(await store.readOrLead(need("b")), LEAD);
  });

  test("more values are cleared than one step takes", async ({ store }) => {
    const keys = Array.from({ length: 450 }, (_, index) => `k${index}`);
    await Promise.all(
      keys.map(async (key) => {
        await store.readOrLead({ ...need("a"), key });
        await store.fillCache({ ...made("a", 1), key });
      }),
    );
    assertEqual(await store.clearCache({ component: "Draft" }), keys.length);
    assertEqual(await store.clearCache({}), 0);
  });

  test("what ends a wait is told to those that watch the key, and no wait is missed", async (scene) => {
    const { store, other, advance } = scene;
    for (const watched of [store, other]) {
      const watch = watchKey(watched);
      await store.readOrLead(need("a"));
      await watch.toldOf(() => store.giveUpLeads("w1", [{ key: "k", holder: "a" }]));
      await store.readOrLead(need("a"));
      await watch.toldOf(() => store.fillCache(made("a", 1)));
      await store.readOrLead(need("b", { takeOver: true }));
      await watch.toldOf(() => store.fillCache(made("b", 2)));
      await watch.toldOf(() => store.clearCache({}));
      watch.unwatch();
      await advance(LEASE_MS + 1);
    }
  });
}

function need(holder: string, request: Partial<ReadOrLead> = {}): ReadOrLead {
  const place = { key: "k", component: "Draft", tenant: "acme" };
  return { ...place, holder, worker: "w1", leaseMs: LEASE_MS, ...request };
}

function made(holder: string, value: FillCache["value"]): FillCache {
  return { key: "k", component: "Draft", tenant: "acme", holder, value, ttlMs: HOUR_MS };
}

/** Holders of the leads that were lost. */
async function renew(store: Store, ...holders: readonly string[]): Promise<readonly string[]> {
  const leads = holders.map((holder) => ({ key: "k", holder }));
  const { lost } = await store.renewLeads({ worker: "w1", leaseMs: LEASE_MS, leads });
  return lost.map(({ holder }) => holder);
}

function valueOf(answer: CacheAnswer): unknown {
  assert(answer.outcome === "hit", answer.outcome);
  return answer.value;
}

function watchKey(store: Store): {
  readonly unwatch: () => void;
  /** Resolves once the watcher was called back after `change` was asked for. */
  toldOf(change: () => Promise<unknown>): Promise<void>;
} {
  let onChange = (): void => {};
  const unwatch = store.watchCache("k", () => onChange());
  return {
    unwatch,
    async toldOf(change) {
      const told = new Promise<void>((resolve) => (onChange = resolve));
      await change();
      await told;
    },
  };
}
