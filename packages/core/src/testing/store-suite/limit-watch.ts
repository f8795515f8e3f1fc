import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { asker, grantedOf } from "./limit-scene.ts";
import { LEASE_MS, type DeclareTest } from "./scene.ts";

export function testLimitWatch(test: DeclareTest): void {
  test("a worker is told when one of its own got a permit by what another did", async ({ store, other }) => {
    const limit = { concurrency: 1 };
    for (const watched of [store, other]) {
      const a = asker(store, "a", limit);
      const b = asker(watched, "b", limit);
      await a.want("1");
      await b.want("2");
      const told = nextCall((onChange) => watched.watchLimit("llm", "b", onChange));
      await a.give("1");
      await told();
      assertEqual(grantedOf(await b.ask()), ["2"]);
      await b.give("2");
    }
  });

  test("whoever comes to be next is told, as it must ask at the right time", async ({ store, other }) => {
    const limit = { rate: { count: 100, periodMs: 60_000 } };
    const a = asker(store, "a", limit);
    const b = asker(other, "b", limit);
    await a.want("1", "2", "3", "4");
    await b.want("5");
    const told = nextCall((onChange) => other.watchLimit("llm", "b", onChange));
    await a.give("4");
    await told();
    assertEqual(typeof (await b.ask()).retryAt, "number");
  });

  test("all are told when the circuit opens, and when the dead are swept away", async ({
    store,
    other,
    advance,
  }) => {
    const limit = { concurrency: 1, breaker: { failures: 1, withinMs: 1_000, openMs: 1_000 } };
    const a = asker(store, "a", limit);
    const b = asker(other, "b", limit, { leaseMs: 10 * LEASE_MS });
    await a.want("1");
    await b.want("2");
    const opened = nextCall((onChange) => other.watchLimit("llm", "b", onChange));
    await a.give("1", { outcome: "failed" });
    await opened();
    await advance(1_000);
    assertEqual(grantedOf(await a.want("3")), []);
    assertEqual(grantedOf(await b.ask()), ["2"]);
  });

  test("who has left is not told, and keys and workers are told apart", async ({ store }) => {
    const limit = { concurrency: 1 };
    const a = asker(store, "a", limit);
    const b = asker(store, "b", limit);
    await a.want("1");
    await b.want("2");
    const calls: string[] = [];
    const leave = store.watchLimit("llm", "b", () => calls.push("left"));
    const stay = nextCall((onChange) => store.watchLimit("llm", "b", onChange));
    leave();
    leave();
    await a.give("1");
    await stay();
    await turn();
    assertEqual(calls, []);
  });
}

/** Resolves once the watcher is called, after everything that it was called for before has passed. */
function nextCall(watch: (onChange: () => void) => () => void): () => Promise<void> {
  let onChange = (): void => {};
  const leave = watch(() => onChange());
  const called = new Promise<void>((resolve) => (onChange = resolve));
  return async () => {
    await called;
    leave();
  };
}
