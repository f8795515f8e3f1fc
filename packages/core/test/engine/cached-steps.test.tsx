/** @jsxImportSource @alder/core */
/** Outputs that are kept for others: what equal steps of one run are given, what they show, and what a crash changes. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { all, Catch, component, NonRetryableError, race, Sequence, sleep, use, workflow } from "@alder/core";
import type { CacheScope, Json } from "@alder/core";
import { stepsOf, textOf } from "@alder/core/protocol";
import { createTestRun, expectRecovery } from "@alder/core/testing";
import { rest } from "./harness.ts";

const scopes: readonly CacheScope[] = ["run", "tenant", "global"];

/** A component that takes a while, and how often it was executed, by its prop. */
function createSlow(name = "Slow") {
  const executed: Json[] = [];
  const Slow = component(name, async ({ v }: { v: Json }): Promise<Json> => {
    executed.push(v);
    await rest();
    return { v, n: executed.length };
  });
  return { Slow, executed };
}

type Test = ReturnType<typeof createTestRun<object, unknown, {}>>;
const typesOf = ({ events }: Test, step: string): string[] =>
  events.flatMap((event) => ("step" in event && event.step === step ? [event.type] : []));

describe.each(scopes)("for the %s", (scope) => {
  test("of equal steps at the same time one executes, the others wait for it and say so", async () => {
    const { Slow, executed } = createSlow();
    const Cached = Slow.cache({ ttl: "1d", scope });
    const W = workflow("W", async () =>
      Promise.all([1, 2, 3, 4, 5].map((key) => Cached.run({ v: "x" }, { key }))),
    );
    const run = createTestRun(W, {});
    expect(await run.output()).toEqual(Array.from({ length: 5 }, () => ({ v: "x", n: 1 })));
    expect(executed).toEqual(["x"]);
    const [leader, ...others] = stepsOf(run.view, "Slow");
    expect(leader).toMatchObject({ status: "completed", cachedAt: null });
    expect(typesOf(run, leader!.id)).toEqual(["step.started", "step.completed"]);
    for (const { id, cachedAt, waiting } of others) {
      expect([typeof cachedAt, waiting]).toEqual(["number", null]);
      expect(typesOf(run, id)).toEqual(["step.waiting", "step.started", "step.cached", "step.completed"]);
    }
    expect(run.events.find(({ type }) => type === "step.waiting")).toMatchObject({
      name: "Slow",
      key: "2",
      reason: "cache",
      limit: null,
      until: null,
      ahead: null,
    });
  });

  test("a later step is given the output at once, elements and calls alike", async () => {
    const { Slow, executed } = createSlow();
    const Cached = Slow.cache({ ttl: "1d", scope });
    const W = workflow("W", () => (
      <Sequence>
        <Cached v={[1]} />
        <Cached v={[1]} key="again">
          {(given) => <Cached v={given} />}
        </Cached>
      </Sequence>
    ));
    const run = createTestRun(W, {});
    await run.output();
    expect(executed).toEqual([[1], { v: [1], n: 1 }]);
    const hit = stepsOf(run.view, "Slow").find(({ key }) => key === "again")!;
    expect(typesOf(run, hit.id)).toEqual(["step.started", "step.cached", "step.completed"]);
  });

  test("until its time is over", async () => {
    const { Slow, executed } = createSlow();
    const Cached = Slow.cache({ ttl: "1h", scope });
    const W = workflow("W", async () => {
      for (const key of [1, 2, 3]) {
        await Cached.run({ v: 1 }, { key });
        await sleep("40m", { key });
      }
    });
    await createTestRun(W, {}).output();
    expect(executed).toHaveLength(2);
  });

  test("others follow one that has failed for good, one by one, and failures are kept for nobody", async () => {
    let executions = 0;
    const Flaky = component("Flaky", async (): Promise<number> => {
      executions++;
      await rest();
      if (executions < 5) throw new Error(`no ${executions}`);
      return executions;
    })
      .retry({ attempts: 2, initial: "10s" })
      .cache({ ttl: "1d", scope });
    const W = workflow("W", async () =>
      Promise.all(
        [1, 2, 3, 4].map((key) => Flaky.run({}, { key }).catch((error: unknown) => (error as Error).message)),
      ),
    );
    // Two attempts each, with their backoff: nobody else executes in between.
    expect(await createTestRun(W, {}).output()).toEqual(["no 2", "no 4", 5, 5]);
  });

  test("one that is cancelled leaves it to another", async () => {
    const started: string[] = [];
    const Stuck = component("Stuck", async (_props: {}, step): Promise<string> => {
      started.push("leader");
      if (started.length > 1) return "done";
      return new Promise((_resolve, reject) =>
        step.signal.addEventListener("abort", () => reject(step.signal.reason)),
      );
    }).cache({ ttl: "1d", scope });
    const W = workflow("W", async () => {
      const lost = race([Stuck.run({}, { key: "first" }), Say.run({ what: "first" })]);
      const waits = Stuck.run({}, { key: "second" });
      await lost;
      return waits;
    });
    expect(await createTestRun(W, {}).output()).toBe("done");
    expect(started).toHaveLength(2);
  });

  test("inside a component that makes the same, a step does not wait for it", async () => {
    let depth = 0;
    const Deep = component("Deep", async ({ v }: { v: string }): Promise<string> => {
      if (++depth < 4) return `(${await Deep.cache({ ttl: "1d", scope }).run({ v })})`;
      return v;
    }).cache({ ttl: "1d", scope });
    const Around = workflow("around", async ({ v }: { v: string }) => Deep.run({ v }));
    const Outer = component("Outer", async () => Around.run({ v: "x" }));
    const W = workflow("W", () => <Outer />);
    expect(await createTestRun(W, {}).output()).toBe("(((x)))");
  });

  test("only equals share: same name, version, props and contexts", async () => {
    const { Slow, executed } = createSlow();
    const one = Slow.cache({ ttl: "1d", scope });
    const W = workflow("W", async () => {
      await one.run({ v: { a: 1, b: 2 } });
      await one.run({ v: { b: 2, a: 1 } }, { key: "same" });
      await one.run({ v: { a: 1 } });
      await Slow.cache({ ttl: "1d", scope, version: 2 }).run({ v: { a: 1, b: 2 } }, { key: "version" });
      await Slow.run({ v: { a: 1, b: 2 } }, { key: "uncached" });
      await one.run(
        { v: Slow.cache({ ttl: "1d", scope }).run({ v: 1 }) },
        { key: "a call, whose value counts" },
      );
      await one.run({ v: { v: 1, n: 5 } }, { key: "the same value" });
    });
    await createTestRun(W, {}).output();
    expect(executed).toEqual([{ a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }, 1, { v: 1, n: 5 }]);
  });

  test("a call can do without, or make it anew for others", async () => {
    const { Slow, executed } = createSlow();
    const Cached = Slow.cache({ ttl: "1d", scope });
    const W = workflow("W", async () => {
      const n: Json[] = [];
      const calls = [undefined, false, undefined, "refresh", undefined, false, undefined] as const;
      for (const [key, cache] of calls.entries()) {
        const options = cache === undefined ? { key } : { key, cache };
        n.push(((await Cached.run({ v: 1 }, options)) as { n: number }).n);
      }
      return n;
    });
    expect(await createTestRun(W, {}).output()).toEqual([1, 2, 1, 3, 3, 4, 3]);
    expect(executed).toHaveLength(4);
  });

  test("readers of text see all of it, in whatever stream it was written", async () => {
    const Draft = component("Draft", async function* ({ v }: { v: string }, step) {
      yield v;
      await step.write("note", { stream: "notes" });
      yield "!";
    }).cache({ ttl: "1d", scope });
    const Items = component("Items", async function* () {
      yield { a: 1 };
      return "end";
    }).cache({ ttl: "1d", scope });
    const W = workflow("W", async () => {
      await Promise.all([Draft.run({ v: "x" }, { key: 1 }), Items.run({}, { key: 1 })]);
      await Promise.all([Draft.run({ v: "x" }, { key: 2 }), Items.run({}, { key: 2 })]);
    });
    const run = createTestRun(W, {});
    await run.output();
    for (const key of [1, 2]) {
      expect(textOf(run.view, "Draft", { key })).toBe("x!");
      expect(textOf(run.view, "Draft", { key, stream: "notes" })).toBe("note");
      expect(textOf(run.view, "Items", { key, stream: "items" })).toBe('{"a":1}\n');
    }
    const draft = stepsOf(run.view, "Draft")[1]!;
    expect(typesOf(run, draft.id)).toEqual([
      "step.started",
      "chunk",
      "chunk",
      "step.cached",
      "step.completed",
    ]);
  });

  test("what is given is what the schema makes of what is on the wire", async () => {
    const date = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (given) => given.toISOString(),
    });
    const When = component("When", { input: z.object({}), output: date }, async () => new Date(0)).cache({
      ttl: "1d",
      scope,
    });
    const W = workflow("W", async () => {
      const [one, other] = [await When.run({}, { key: 1 }), await When.run({}, { key: 2 })];
      return [one instanceof Date, other instanceof Date, other.getTime()];
    });
    expect(await createTestRun(W, {}).output()).toEqual([true, true, 0]);
  });

  test("a step that was to try again, and is given the output meanwhile, takes it", async () => {
    let executions = 0;
    const Flaky = component("Flaky", async ({ v }: { v: number }): Promise<number> => {
      if (++executions === 1) throw new Error("no");
      return v;
    });
    const Patient = Flaky.retry({ attempts: 2, initial: "1h" });
    const W = workflow("W", async () => {
      const first = Patient.cache({ ttl: "1d", scope }).run({ v: 1 }, { key: "first" });
      await sleep("1m");
      const second = await Patient.cache({ ttl: "1d", scope }).run(
        { v: 1 },
        { key: "second", cache: "refresh" },
      );
      return [second, await first];
    });
    expect(await createTestRun(W, {}).output()).toEqual([1, 1]);
    expect(executions).toBeLessThanOrEqual(3);
  });

  test("E1, E2: wherever its worker dies, a run comes to the same, and no entry is looked for again", async () => {
    const Draft = component("Draft", async function* ({ v }: { v: string }) {
      yield v;
      yield "!";
      return { text: `${v}!` };
    }).cache({ ttl: "1d", scope });
    const W = workflow("W", () => {
      const [one, two] = use(all([Draft.run({ v: "x" }, { key: 1 }), Draft.run({ v: "x" }, { key: 2 })]));
      return (
        <Sequence>
          <Draft v={one.text} key="3" />
          <Draft v={two.text} key="4" />
        </Sequence>
      );
    });
    await expectRecovery(W, {});
  });
});

test("failures of what is waited for are not the waiting step's own", async () => {
  const Once = component("Once", async (): Promise<string> => {
    throw new NonRetryableError("never");
  }).cache({ ttl: "1d", scope: "run" });
  const W = workflow("W", () => (
    <Catch fallback={({ message }) => <Say what={message} />}>
      <Once />
    </Catch>
  ));
  expect(await createTestRun(W, {}).output()).toBe("never");
});

const Say = component("Say", async ({ what }: { what: string }) => what);

test("in a run alone, no output of another run is given", async () => {
  const { Slow, executed } = createSlow();
  const Cached = Slow.cache({ ttl: "1d", scope: "run" });
  const W = workflow("W", () => <Cached v={1} />);
  await createTestRun(W, {}).output();
  await createTestRun(W, {}).output();
  expect(executed).toHaveLength(2);
});

test("inside a component that holds a permit, a step does not wait for one that waits for the permit", async () => {
  const limit = { key: "cached-inside-limit", concurrency: 1 };
  let executions = 0;
  const Model = component("Model", async (): Promise<number> => {
    executions++;
    await rest();
    return 1;
  })
    .limit(limit)
    .cache("1d");
  const Outer = component("Outer", async () => {
    await rest();
    return Model.run({});
  }).limit(limit);
  // Model leads, and waits for the permit that Outer holds, which needs what Model makes.
  const W = workflow("W", () => use(all([Outer.run({}), Model.run({}, { key: "leads" })])));
  expect(await createTestRun(W, {}).output()).toEqual([1, 1]);
  expect(executions).toBe(2);
});

test("the time of all attempts begins with the first, and not with waiting for another step", async () => {
  let executions = 0;
  const Slow = component("Slow", async (_props: {}, step): Promise<number> => {
    executions++;
    if (step.attempt === 1 && executions === 1) throw new Error("no");
    return 1;
  });
  const Patient = Slow.retry({ attempts: 2, initial: "10m", jitter: false }).cache("1d");
  const Hasty = Slow.timeout({ total: "1m" }).cache("1d");
  const W = workflow("W", async () => {
    const first = Patient.run({}, { key: "leads" });
    return [await Hasty.run({}, { key: "waits" }), await first];
  });
  // It waits for ten minutes, and has begun no attempt.
  const run = createTestRun(W, {});
  expect(await run.output()).toEqual([1, 1]);
  expect(run.clock.now()).toBeGreaterThanOrEqual(run.view.startedAt! + 600_000);
});

test.each(scopes)("for the %s, what a fallback gives is kept for nobody", async (scope) => {
  let isDown = true;
  let executions = 0;
  const Model = component("Model", async (): Promise<string> => {
    executions++;
    await rest();
    if (isDown) throw new Error("down");
    return "from the model";
  })
    .cache({ ttl: "1d", scope })
    .fallback(({ message }) => `it is ${message}`);
  const Recover = component("Recover", async () => void (isDown = false));
  const W = workflow("W", async () => {
    const first = await Promise.all([Model.run({}, { key: 1 }), Model.run({}, { key: 2 })]);
    await Recover.run();
    return [...first, await Model.run({}, { key: 3 }), await Model.run({}, { key: 4 })];
  });
  const down = "it is down";
  expect(await createTestRun(W, {}).output()).toEqual([down, down, "from the model", "from the model"]);
  expect(executions).toBe(3);
});

test("text that only the journal knows is shown after a crash, too", async () => {
  const Draft = component("Draft", async function* ({ v }: { v: string }) {
    yield v;
    return 7;
  }).cache({ ttl: "1d", scope: "run" });
  const W = workflow("W", async () => {
    await Draft.run({ v: "written" }, { key: "first" });
    await sleep("1h");
    return Draft.run({ v: "written" }, { key: "second" });
  });
  const run = createTestRun(W, {}, { autoAdvance: false });
  await run.rest();
  await run.crash();
  await run.clock.advance("2h");
  expect(await run.output()).toBe(7);
  expect(textOf(run.view, "Draft", { key: "second" })).toBe("written");
});

test("outside a worker a component just executes", async () => {
  const { Slow, executed } = createSlow();
  const Cached = Slow.cache("1d");
  await Cached.run({ v: 1 });
  await Cached.run({ v: 1 }, { cache: "refresh" });
  await Cached.run({ v: 1 }, { cache: false });
  expect(executed).toHaveLength(3);
});
