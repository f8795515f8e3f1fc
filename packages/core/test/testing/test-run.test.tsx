/** @jsxImportSource @alder/core */
// What people test workflows with.
import {
  all,
  Catch,
  component,
  now,
  race,
  Sequence,
  settled,
  sleep,
  Status,
  use,
  uuid,
  waitFor,
  WaitFor,
  workflow,
} from "@alder/core";
import { textOf } from "@alder/core/protocol";
import { createTestRun, expectRecovery, expectReplay, mock } from "@alder/core/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const never = (of: unknown = "nothing"): never => {
  throw new Error(`this calls a model, of ${JSON.stringify(of)}`);
};
const Research = component("Research", async (props: { topic: string }): Promise<string[]> => never(props));
const Draft = component("Draft", async function* (props: { heading: string }): AsyncGenerator<string> {
  yield never(props);
});
const Join = component("Join", async ({ sections }: { sections: readonly string[] }) => sections.join("\n"));

const Article = workflow(
  "article",
  { input: z.object({ topic: z.string() }), output: z.string() },
  ({ topic }) => {
    const headings = use(Research.run({ topic }));
    return (
      <Sequence>
        <Status>Writing {headings.length} sections</Status>
        <Join sections={all(headings.map((heading) => Draft.run({ heading }, { key: heading })))} />
      </Sequence>
    );
  },
);
const mocks = [
  mock(Research, ["Roots", "Leaves"]),
  mock(Draft, function* ({ heading }) {
    yield "About ";
    yield heading;
  }),
];

const Review = workflow(
  "review",
  {
    input: z.object({}),
    signals: { review: z.object({ approved: z.boolean() }) },
  },
  async () => {
    const verdict = await race([waitFor("review"), sleep("7d")]);
    return verdict === null ? "forgotten" : "reviewed";
  },
);

describe("mocks", () => {
  test("stand in for components, with a value or a function, and streams are streamed", async () => {
    const run = createTestRun(Article, { topic: "alders" }, { mocks });
    expect(await run.output()).toBe("About Roots\nAbout Leaves");
    expect(run.calls(Research)).toEqual([{ topic: "alders" }]);
    expect(run.calls(Draft)).toEqual([{ heading: "Roots" }, { heading: "Leaves" }]);
    expect(run.calls(Join)).toHaveLength(1);
    expect(run.view).toMatchObject({ status: "completed", message: "Writing 2 sections" });
    expect(textOf(run.view, "Draft")).toBe("About RootsAbout Leaves");
  });

  test("may throw, and are retried as the component is, without waiting", async () => {
    const Flaky = component("Flaky", async (): Promise<number> => never()).retry({
      attempts: 3,
      initial: "1h",
    });
    const Tries = workflow("tries", async () => Flaky.run());
    const run = createTestRun(
      Tries,
      {},
      {
        mocks: [
          mock(Flaky, (_, step) => {
            if (step.attempt < 3) throw new Error("overloaded");
            return step.attempt;
          }),
        ],
      },
    );
    expect(await run.output()).toBe(3);
    expect(run.calls(Flaky)).toHaveLength(3);
    expect(run.clock.now() - Date.UTC(2026, 0, 1)).toBeGreaterThan(3_600_000);
  });

  test("hold for the component with other policies, and for nothing outside of the run", async () => {
    const Base = component("Base", async () => "real");
    const Patient = workflow("patient", async () => Base.retry({ attempts: 2 }).timeout("1m").run());
    expect(await createTestRun(Patient, {}, { mocks: [mock(Base, "mocked")] }).output()).toBe("mocked");
    expect(await createTestRun(Patient, {}).output()).toBe("real");
    expect(await Base.run()).toBe("real");
  });

  test("reach components that components and nested workflows call", async () => {
    const Inner = component("Inner", async (props: { value: number }): Promise<number> => never(props));
    const Outer = component("Outer", async () => (await Inner.run({ value: 1 })) + 1);
    const Nested = workflow("nested", async () => Outer.run());
    const Parent = workflow("parent", async () => Nested.run());
    const run = createTestRun(Parent, {}, { mocks: [mock(Inner, ({ value }) => value * 10)] });
    expect(await run.output()).toBe(11);
    expect(run.calls(Inner)).toEqual([{ value: 1 }]);
  });

  test.each(["called", "an element"])("stand in for a nested workflow: %s", async (how) => {
    const Child = workflow("child", ({ topic }: { topic: string }) => <Draft heading={topic} />);
    const Called = workflow("called", async () => Child.run({ topic: "bark" }));
    const Element = workflow("element", () => <Child topic="bark" />);
    const childMocks = [mock(Child, ({ topic }) => `all about ${topic}`)];
    const run = createTestRun(how === "called" ? Called : Element, {}, { mocks: childMocks });
    expect(await run.output()).toBe("all about bark");
    expect(run.calls(Child)).toEqual([{ topic: "bark" }]);
  });

  test("stand in for inline steps by their name", async () => {
    const Charge = workflow("charge", async (_: {}, step) =>
      step.run("card", async (): Promise<string> => never()),
    );
    expect(await createTestRun(Charge, {}, { mocks: [mock("card", "charged")] }).output()).toBe("charged");
  });

  test("get props as the caller gave them, and their output is checked", async () => {
    const isoDate = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    });
    const Age = component(
      "Age",
      { input: z.object({ born: isoDate }), output: z.object({ years: z.number() }) },
      async () => never(),
    );
    const Ask = workflow("ask", async () => Age.run({ born: "2000-01-01T00:00:00.000Z" }));
    const given: unknown[] = [];
    const good = createTestRun(
      Ask,
      {},
      {
        mocks: [
          mock(Age, ({ born }) => {
            given.push(born);
            return { years: 26 };
          }),
        ],
      },
    );
    expect(await good.output()).toEqual({ years: 26 });
    expect(given).toEqual(["2000-01-01T00:00:00.000Z"]);
    const bad = createTestRun(Ask, {}, { mocks: [mock(Age, { years: "many" } as never)] });
    await expect(bad.output()).rejects.toThrow(/output of component "Age" does not fit its schema/);
  });

  test("can be demanded, also where a boundary would hide it", async () => {
    const Hidden = workflow("hidden", () => (
      <Catch fallback={<Join sections={[]} />}>
        <Research topic="alders" />
      </Catch>
    ));
    const run = createTestRun(Hidden, {}, { unmocked: "fail", mocks: [mock(Join, "")] });
    await expect(run.output()).rejects.toMatchObject({ code: "not_mocked" });
  });

  test("are for components and workflows only", () => {
    expect(() => mock((() => null) as never, null as never)).toThrow(/mock\(\) takes what component/);
    const own = { mocks: [mock(Article, "mocked")] };
    expect(() => createTestRun(Article, { topic: "alders" }, own)).toThrow(/mock what it calls/);
  });
});

describe("what a run comes to", () => {
  test("the failure of a run is thrown, with its step", async () => {
    const run = createTestRun(Article, { topic: "alders" });
    await expect(run.output()).rejects.toMatchObject({
      message: `this calls a model, of {"topic":"alders"}`,
      step: "Research",
    });
    expect(run.status).toBe("failed");
  });

  test("a cancelled run has no output", async () => {
    const run = createTestRun(Review, {});
    await run.cancel();
    expect(run.status).toBe("cancelled");
    await expect(run.output()).rejects.toMatchObject({ code: "run_cancelled" });
  });

  test("a failed run is retried, and keeps what has finished", async () => {
    let isDown = true;
    const run = createTestRun(
      Article,
      { topic: "alders" },
      {
        mocks: [
          ...mocks,
          mock(Draft, ({ heading }) => {
            if (isDown && heading === "Leaves") throw new Error("down");
            return heading;
          }),
        ],
      },
    );
    await expect(run.output()).rejects.toThrow("down");
    isDown = false;
    await run.retry();
    expect(await run.output()).toBe("Roots\nLeaves");
    expect(run.calls(Research)).toHaveLength(1);
    await expectReplay(run);
  });

  test("input is checked when the run is made", () => {
    expect(() => createTestRun(Article, { topic: 1 as never })).toThrow(/input of workflow "article"/);
    expect(() => createTestRun(Research as never, {})).toThrow(/takes what workflow\(\) returned/);
  });

  test("runs go on side by side, each with mocks and a clock of its own", async () => {
    const runs = Array.from({ length: 10 }, (_, index) =>
      createTestRun(
        Article,
        { topic: "alders" },
        { mocks: [...mocks, mock(Research, [`heading ${index}`])] },
      ),
    );
    await runs[3]!.clock.advance("1d");
    const outputs = await Promise.all(runs.map((run) => run.output()));
    expect(outputs).toEqual(runs.map((_, index) => `About heading ${index}`));
    expect(runs.map(({ clock }) => clock.now() > runs[0]!.clock.now()).indexOf(true)).toBe(3);
  });

  test("ids are the same in every test", async () => {
    const Ids = workflow("ids", async () => uuid());
    const [one, other] = [createTestRun(Ids, {}), createTestRun(Ids, {})];
    expect(await one.output()).toBe(await other.output());
  });
});

describe("signals", () => {
  test("are typed, checked, and kept when they come early", async () => {
    const run = createTestRun(Review, {});
    await run.signal("review", { approved: true });
    expect(await run.output()).toBe("reviewed");
  });

  test("reach a run that is parked", async () => {
    const run = createTestRun(Review, {});
    await run.rest();
    expect(run.waitsFor).toEqual({ signals: ["review"], until: Date.UTC(2026, 0, 8) });
    await run.signal("review", { approved: true });
    expect(run.status).toBe("completed");
    expect(run.view.executions).toBe(2);
  });

  test("go before time moves, if they are sent while the output is awaited", async () => {
    const run = createTestRun(Review, {});
    const output = run.output();
    await run.signal("review", { approved: false });
    expect(await output).toBe("reviewed");
  });

  test("that would be refused are refused", async () => {
    const run = createTestRun(Review, {});
    await expect(run.signal("other" as never, {} as never)).rejects.toMatchObject({ code: "unknown_signal" });
    await expect(run.signal("review", { approved: "yes" as never })).rejects.toMatchObject({
      code: "invalid_payload",
    });
    await run.signal("review", { approved: true });
    await expect(run.signal("review", { approved: true })).rejects.toMatchObject({ code: "run_ended" });
  });

  test("a run that waits for one says so, instead of never ending", async () => {
    const Waits = workflow("waits", { input: z.object({}), signals: { go: z.string() } }, () => (
      <WaitFor name="go" />
    ));
    await expect(createTestRun(Waits, {}).output()).rejects.toThrow(/await test\.signal\("go", …\)/);
  });

  test("a component may wait for one, too", async () => {
    const Asking = component("Asking", async () => (await waitFor("go")) as string);
    const Waits = workflow(
      "component-waits",
      { input: z.object({}), signals: { go: z.string() } },
      async () => Asking.run(),
    );
    const run = createTestRun(Waits, {});
    await expect(run.output()).rejects.toMatchObject({ code: "test_run_waits" });
    await run.signal("go", "gone");
    expect(await run.output()).toBe("gone");
  });
});

describe("time", () => {
  const Slow = workflow("slow", async () => {
    const times = [now()];
    for (const duration of ["1d", "2h", "30s"] as const) {
      await sleep(duration);
      times.push(now());
    }
    return times.map((time) => new Date(time).toISOString());
  });
  const expected = ["01T00:00:00", "02T00:00:00", "02T02:00:00", "02T02:00:30"].map(
    (at) => `2026-01-${at}.000Z`,
  );

  test("moves by itself while the output is awaited", async () => {
    const run = createTestRun(Slow, {});
    expect(await run.output()).toEqual(expected);
    await expectReplay(run);
  });

  test("moves by hand, timer by timer", async () => {
    const run = createTestRun(Slow, {}, { autoAdvance: false });
    await expect(run.output()).rejects.toThrow(
      /until 2026-01-02T00:00:00.000Z: await test.clock.advance\(86400000\)/,
    );
    await run.clock.advance("1d");
    expect(run.waitsFor).toEqual({ signals: [], until: Date.UTC(2026, 0, 2, 2) });
    await run.clock.advance("1d");
    expect(await run.output()).toEqual(expected);
    expect(new Date(run.clock.now()).toISOString()).toBe("2026-01-03T00:00:00.000Z");
  });

  test("cuts off a component that never ends", async () => {
    const Hang = component("Hang", () => new Promise<string>(() => {})).timeout("2m");
    const Hangs = workflow("hangs", async () => (await settled([Hang.run()]))[0].status);
    const run = createTestRun(Hangs, {});
    await run.rest();
    expect(run.status).toBe("running");
    await run.clock.advance("2m");
    expect(await run.output()).toBe("rejected");
  });

  test("stands still while a component takes its own time", async () => {
    const Real = component(
      "Real",
      () => new Promise<string>((resolve) => setTimeout(resolve, 20, "done")),
    ).timeout("10ms");
    const Waits = workflow("real", async () => Real.run());
    expect(await createTestRun(Waits, {}).output()).toBe("done");
  });
});

describe("crashes", () => {
  test("after a result: it is kept", async () => {
    const run = createTestRun(Article, { topic: "alders" }, { mocks, crash: { after: Research } });
    expect(await run.output()).toBe("About Roots\nAbout Leaves");
    expect(run.calls(Research)).toHaveLength(1);
    expect(run.view).toMatchObject({ executions: 2, recoveries: 1 });
  });

  test("before a result: the work is done again", async () => {
    const run = createTestRun(Article, { topic: "alders" }, { mocks, crash: { before: Research } });
    expect(await run.output()).toBe("About Roots\nAbout Leaves");
    expect(run.calls(Research)).toHaveLength(2);
  });

  test("several, at writes; and one that the run never comes to", async () => {
    const crash = [
      { atWrite: 1, write: "kept" },
      { atWrite: 3, write: "lost" },
    ] as const;
    const run = createTestRun(Article, { topic: "alders" }, { mocks, crash });
    expect(await run.output()).toBe("About Roots\nAbout Leaves");
    expect(run.view.recoveries).toBe(2);
    const late = createTestRun(
      Article,
      { topic: "alders" },
      { mocks, crash: { atWrite: 100, write: "kept" } },
    );
    await expect(late.output()).rejects.toMatchObject({ code: "no_crash" });
    expect(() =>
      createTestRun(Article, { topic: "alders" }, { crash: { atWrite: 0, write: "kept" } }),
    ).toThrow(/a crash is/);
  });

  test("by hand, in the middle of a component", async () => {
    let starts = 0;
    const Stuck = component("Stuck", () =>
      ++starts === 1 ? new Promise<string>(() => {}) : Promise.resolve("done"),
    );
    const Sticks = workflow("sticks", async () => Stuck.run());
    const run = createTestRun(Sticks, {});
    await run.rest();
    await run.crash();
    expect(await run.output()).toBe("done");
    expect(run.view.recoveries).toBe(1);
  });

  test("of a body that asks for other things: the run is blocked, and the test is told what differs", async () => {
    let count = 0;
    const Impure = workflow("impure", async () => {
      await Join.run({ sections: [String(++count)] });
      await Join.run({ sections: [] });
    });
    const run = createTestRun(Impure, {}, { crash: { after: Join } });
    await expect(run.output()).rejects.toThrow(
      /executed with {"sections":\["1"\]}, and would be with {"sections":\["2"\]}/,
    );
  });
});

describe("expectReplay", () => {
  let count = 0;
  const Impure = workflow("impure-replay", async () => Join.run({ sections: [String(++count)] }));

  test("is satisfied by a sound run, also one that waits", async () => {
    const run = createTestRun(Review, {});
    await run.rest();
    await expectReplay(run);
    await run.signal("review", { approved: true });
    await run.output();
    await expectReplay(run);
    const { length } = run.events;
    await run.rest();
    expect(run.events).toHaveLength(length);
  });

  test("names the step that would be executed again, and its props", async () => {
    const run = createTestRun(Impure, {});
    await run.output();
    await expect(expectReplay(run)).rejects.toThrow(
      /Join in impure-replay has finished[^]*journal {2}\["1"\]\n.*now {6}\["2"\]/,
    );
  });

  test("takes test runs only", async () => {
    await expect(expectReplay({} as never)).rejects.toMatchObject({ code: "bad_test_run" });
  });
});

describe("expectRecovery", () => {
  test("crashes a sound workflow at every write", async () => {
    const { output, crashes } = await expectRecovery(Article, { topic: "alders" }, { mocks });
    expect(output).toBe("About Roots\nAbout Leaves");
    expect(crashes).toBeGreaterThan(8);
  });

  test("does in every run what the test does", async () => {
    const { output } = await expectRecovery(
      Review,
      {},
      {
        act: (run) => run.signal("review", { approved: true }),
      },
    );
    expect(output).toBe("reviewed");
  });

  test("accepts a run that fails the same way every time", async () => {
    const { output } = await expectRecovery(Article, { topic: "alders" });
    expect(output).toBeUndefined();
  });

  test("tells of the first crash that leads elsewhere, and how to come there again", async () => {
    let isFirst = true;
    const Once = workflow("once", async () => {
      const result = await Join.run({ sections: [isFirst ? "first" : "later"] });
      isFirst = false;
      return result;
    });
    await expect(expectRecovery(Once, {})).rejects.toThrow(/leads elsewhere/);
    const Counts = component("Counts", async (): Promise<number> => never());
    const Counting = workflow("counting", async () => Counts.run());
    let count = 0;
    const counted = expectRecovery(Counting, {}, { mocks: [mock(Counts, () => ++count)] });
    await expect(counted).rejects.toThrow(
      /undisturbed it completed with 1, this one completed with 2\n\(workflow "counting" with crash: { atWrite: 1, write: "kept" }\)/,
    );
    count = 0;
    const fresh = (): ReturnType<typeof mock>[] => {
      let own = 0;
      return [mock(Counts, () => (++own > 0 ? 1 : 0))];
    };
    await expectRecovery(Counting, {}, { mocks: fresh });
  });
});
