/** @jsxImportSource @alder/core */
/** Limits in a test run: in virtual time, with every wait parked and crashes survived. */
import { component, Limit, Parallel, RetryAfterError, sleep, workflow, type Json } from "@alder/core";
import { stepsOf } from "@alder/core/protocol";
import { createTestRun, expectRecovery, mock } from "@alder/core/testing";
import { describe, expect, test } from "vitest";

const START = Date.UTC(2026, 0, 1);

function many(count: number, of: (index: number) => ReturnType<typeof Parallel>) {
  return <Parallel>{Array.from({ length: count }, (_, index) => of(index))}</Parallel>;
}

describe("a rate", () => {
  const Ask = component("Ask", async ({ v }: { v: number }) => v).limit({
    key: "test rate",
    rate: "10/1s",
    burst: 1,
  });
  const W = workflow("W", () => many(31, (index) => <Ask key={index} v={index} />));

  test("is kept in virtual time, first come, first served", async () => {
    const starts: number[] = [];
    const order: number[] = [];
    const run = createTestRun(
      W,
      {},
      {
        mocks: [
          mock(Ask, ({ v }) => {
            starts.push(run.clock.now() - START);
            order.push(v);
            return v;
          }),
        ],
      },
    );
    expect(await run.output()).toHaveLength(31);
    expect(order).toEqual(Array.from({ length: 31 }, (_, index) => index));
    for (const [index, at] of starts.entries()) {
      const inPeriod = starts.slice(index).filter((other) => other < at + 1000);
      expect(inPeriod.length).toBeLessThanOrEqual(10);
    }
    expect(starts.at(-1)).toBeGreaterThanOrEqual(3000);
    expect(starts.at(-1)).toBeLessThan(3200);
  });

  test("and its line is seen in the view", async () => {
    const run = createTestRun(W, {}, { autoAdvance: false });
    await run.rest();
    const waits = stepsOf(run.view, "Ask").filter(({ status }) => status === "waiting");
    expect(waits.length).toBeGreaterThan(20);
    expect(waits.at(-1)).toMatchObject({
      message: expect.stringMatching(/^In line for "test rate" after \d+ others$/),
      waiting: { limit: "test rate", reason: "rate" },
    });
    expect(await run.limit("test rate")).toMatchObject({ numbers: { rate: { count: 10 } } });
    expect(await run.limit("unused")).toBeUndefined();
  });
});

describe("concurrency", () => {
  test("is kept, and shown", async () => {
    const resolves: (() => void)[] = [];
    const Ask = component("Ask", async ({ v }: { v: number }) => v).limit({
      key: "test slots",
      concurrency: 2,
    });
    const W = workflow("W", () => many(5, (index) => <Ask key={index} v={index} />));
    let most = 0;
    let executing = 0;
    const run = createTestRun(
      W,
      {},
      {
        mocks: [
          mock(Ask, async ({ v }) => {
            most = Math.max(most, ++executing);
            await new Promise<void>((resolve) => resolves.push(resolve));
            executing--;
            return v;
          }),
        ],
      },
    );
    await run.rest();
    expect(await run.limit("test slots")).toMatchObject({ slots: 2, waiting: 3 });
    for (let index = 0; index < 5; index++) {
      resolves[index]!();
      await run.rest();
    }
    expect(await run.output()).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
    await run.rest();
    expect(await run.limit("test slots")).toMatchObject({ slots: 0, waiting: 0 });
  });

  test("does not let a component wait for the slot that it holds itself", async () => {
    const Inner = component("Inner", async () => "in").limit({ key: "test one", concurrency: 1 });
    const Outer = component("Outer", async () => Inner.run()).limit({ key: "test one", concurrency: 1 });
    expect(
      await createTestRun(
        workflow("W", () => <Outer />),
        {},
      ).output(),
    ).toBe("in");
  });
});

test("a Retry-After parks the run, which keeps its place and goes on when the pause is over", async () => {
  const limit = { key: "test pause", concurrency: 5 } as const;
  const First = component("First", async (_: {}, step): Promise<Json> => {
    if (step.attempt === 1) throw new RetryAfterError("busy", "1h");
    return "first";
  })
    .limit(limit)
    .retry({ attempts: 2 });
  const Second = component("Second", async () => "second").limit(limit);
  const W = workflow("W", async () => {
    const first = First.run();
    await Pause.run();
    return [await first, await Second.run()];
  });
  const Pause = component("Pause", async () => null).limit(limit);
  const run = createTestRun(W, {});
  await run.rest();
  expect(run.view.status).toBe("waiting");
  expect(run.waitsFor?.until).toBe(START + 3_600_000);
  expect(await run.limit("test pause")).toMatchObject({ pausedUntil: START + 3_600_000 });
  expect(await run.output()).toEqual(["first", "second"]);
});

test("a provider that is ill is left alone, and tried again when its time is over", async () => {
  let isIll = true;
  const Ask = component("Ask", async ({ v }: { v: number }) => v).limit({
    key: "test breaker",
    concurrency: 1,
    breaker: { failures: 2, within: "1m", open: "5m" },
  });
  const Careful = workflow("careful", async () => {
    const codes: Json[] = [];
    for (let v = 0; v < 6; v++) {
      if (v === 4) await sleep("5m");
      codes.push(await Ask.run({ v }).catch((error) => (error as { code?: string }).code ?? "failed"));
    }
    return codes;
  });
  const run = createTestRun(
    Careful,
    {},
    {
      autoAdvance: false,
      mocks: [
        mock(Ask, ({ v }) => {
          if (isIll) throw Object.assign(new Error("503"), { statusCode: 503 });
          return v;
        }),
      ],
    },
  );
  await run.rest();
  expect(run.calls(Ask)).toHaveLength(2);
  expect(await run.limit("test breaker")).toMatchObject({ breaker: "open" });
  isIll = false;
  await run.clock.advance("5m");
  expect(await run.output()).toEqual(["failed", "failed", "circuit_open", "circuit_open", 4, 5]);
  expect(await run.limit("test breaker")).toMatchObject({ breaker: "closed" });
});

test("a run with limits comes to the same however its worker dies (E1, E2)", async () => {
  const Inner = component("Inner", async ({ v }: { v: number }) => v * 2).limit({
    key: "test crash",
    concurrency: 1,
  });
  const Outer = component("Outer", async ({ v }: { v: number }) => Inner.run({ v })).limit({
    key: "test crash",
    concurrency: 1,
  });
  const W = workflow("W", () => (
    <Limit key="test subtree" rate="2/1s">
      <Parallel>
        <Outer v={1} />
        <Inner v={2} />
        <Outer v={3} />
      </Parallel>
    </Limit>
  ));
  const { crashes, output } = await expectRecovery(W, {});
  expect(crashes).toBeGreaterThan(6);
  expect(output).toEqual([2, 4, 6]);
});
