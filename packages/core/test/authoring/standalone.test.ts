// `await Research.run(props)` where there is no worker: invariants of standalone.ts.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  all,
  component,
  NonRetryableError,
  RetryAfterError,
  sleep,
  type Step,
  waitFor,
  workflow,
} from "../../src/index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const Echo = component("Echo", async (props: { value: unknown }) => props.value as never);

describe("values (invariant 1)", () => {
  test("are decoded, frozen JSON", async () => {
    const result: unknown = await Echo.run({ value: { list: [1], gone: undefined } });
    expect(result).toStrictEqual({ list: [1] });
    expect(Object.isFrozen((result as { list: unknown }).list)).toBe(true);
    await expect(component("Nothing", async () => {}).run()).resolves.toBeNull();
  });

  test("props are frozen, and no more the caller's", async () => {
    const list = [3, 1];
    const Add = component("Add", async (props: { list: number[] }) => props.list.push(2));
    await expect(Add.run({ list })).rejects.toThrow(TypeError);
    expect(list).toEqual([3, 1]);
  });

  test("go through schemas", async () => {
    const isoDate = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    });
    const Later = component(
      "Later",
      { input: z.object({ at: isoDate, days: z.number().default(1) }), output: z.object({ at: isoDate }) },
      async ({ at, days }) => ({
        at: new Date(at.getTime() + days * 86_400_000),
      }),
    );
    await expect(Later.run({ at: "2030-01-01T00:00:00.000Z" })).resolves.toEqual({
      at: new Date(Date.UTC(2030, 0, 2)),
    });
    await expect(Later.run({ at: "yesterday" })).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("that are not JSON are refused with the path", async () => {
    await expect(Echo.run({ value: { at: new Date() } })).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringContaining('Echo: prop "value"'),
    });
    const Wrong = component("Wrong", async () => new Map() as never);
    await expect(Wrong.run()).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringContaining('component "Wrong"'),
    });
  });
});

describe("generators", () => {
  test("join what they yield if all of it is text", async () => {
    const Draft = component("Draft", async function* () {
      yield "a";
      yield "b";
    });
    await expect(Draft.run()).resolves.toBe("ab");
  });

  test("else give the array of it, or what they return", async () => {
    const Items = component("Items", async function* () {
      yield { n: 1 };
      yield "x";
    });
    const Returns = component("Returns", async function* () {
      yield "x";
      return { n: 2 };
    });
    await expect(Items.run()).resolves.toEqual([{ n: 1 }, "x"]);
    await expect(Returns.run()).resolves.toEqual({ n: 2 });
  });

  test("end when a yield is not JSON, with their finally blocks run", async () => {
    let cleaned = false;
    const Wrong = component("Wrong", async function* () {
      try {
        yield new Date() as never;
        yield "never";
      } finally {
        cleaned = true;
      }
    });
    await expect(Wrong.run()).rejects.toMatchObject({ code: "not_json" });
    expect(cleaned).toBe(true);
  });
});

describe("calls", () => {
  test("may be props, alone or combined", async () => {
    const pair = all({ a: Echo.run({ value: 1 }), b: Echo.run({ value: 2 }) });
    const list = all([Echo.run({ value: 1 }), Echo.run({ value: Echo.run({ value: "inner" }) })]);
    const Join = component("Join", async (props: { pair: unknown; list: unknown }) => JSON.stringify(props));
    await expect(Join.run({ pair, list })).resolves.toBe('{"pair":{"a":1,"b":2},"list":[1,"inner"]}');
  });

  test("are no other promises: those are no JSON", async () => {
    await expect(Echo.run({ value: Promise.resolve(1) })).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringMatching(/pending call or promise/),
    });
  });

  test("of components inside components just execute", async () => {
    const Outer = component("Outer", async () => [
      await Echo.run({ value: 1 }),
      await Echo.run({ value: 2 }),
    ]);
    await expect(Outer.run()).resolves.toEqual([1, 2]);
  });

  test("that fail before anybody awaits them raise no unhandledRejection (invariant 2)", async () => {
    vi.useRealTimers();
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    try {
      const Fail = component("Fail", async () => {
        throw new Error("x");
      });
      const failing = Fail.run();
      const combined = all([failing, Echo.run({ value: 1 })]);
      const named = all({ failing });
      await new Promise((resolve) => setTimeout(resolve, 10));
      await expect(failing).rejects.toThrow("x");
      await expect(combined).rejects.toThrow("x");
      await expect(named).rejects.toThrow("x");
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off("unhandledRejection", unhandled);
    }
  });

  test("take props as an object, and a key as a string or a number", () => {
    const run = (...rest: unknown[]): unknown => (Echo.run as (...all: unknown[]) => unknown)(...rest);
    for (const props of ["x", null, [1]])
      expect(() => run(props)).toThrow(expect.objectContaining({ code: "bad_call" }));
    expect(() => run({ value: 1 }, { key: {} })).toThrow(expect.objectContaining({ code: "bad_call" }));
  });
});

describe("retries and timeouts", () => {
  test("tries again after its backoff, with one idempotency key", async () => {
    const seen: { attempt: number; key: string; at: number }[] = [];
    const Flaky = component("Flaky", async (_: {}, step) => {
      seen.push({ attempt: step.attempt, key: step.idempotencyKey, at: Date.now() });
      if (step.attempt < 3) throw new Error("busy");
      return step.attempt;
    }).retry({ attempts: 3, initial: "1s", jitter: false });
    const call = Flaky.run();
    await vi.runAllTimersAsync();
    await expect(call).resolves.toBe(3);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(seen.map(({ at }) => at - seen[0]!.at)).toEqual([0, 1000, 3000]);
  });

  test("gives up with the last error as it was thrown", async () => {
    let tries = 0;
    const error = new Error("busy");
    const Fail = component("Fail", async () => {
      tries++;
      throw error;
    }).retry({ attempts: 2 });
    const call = Fail.run();
    await vi.runAllTimersAsync();
    await expect(call).rejects.toBe(error);
    expect(tries).toBe(2);
  });

  test("honours what the error says", async () => {
    let tries = 0;
    const Final = component("Final", async () => {
      tries++;
      throw new NonRetryableError("no such account");
    }).retry({ attempts: 5 });
    await expect(Final.run()).rejects.toThrow("no such account");
    expect(tries).toBe(1);

    const started: number[] = [];
    const Later = component("Later", async (_: {}, { attempt }) => {
      started.push(Date.now());
      if (attempt === 1) throw new RetryAfterError("busy", "1h");
      return null;
    }).retry({ attempts: 2 });
    const call = Later.run();
    await vi.runAllTimersAsync();
    await call;
    expect(started[1]! - started[0]!).toBe(3_600_000);
  });

  test("aborts an attempt that takes too long, and may try again", async () => {
    const signals: AbortSignal[] = [];
    const Slow = component("Slow", async (_: {}, { signal, attempt }) => {
      signals.push(signal);
      return attempt === 2 ? "done" : new Promise<string>(() => {});
    })
      .timeout("2m")
      .retry({ attempts: 2 });
    const call = Slow.run();
    await vi.runAllTimersAsync();
    await expect(call).resolves.toBe("done");
    expect(signals[0]!.reason).toMatchObject({ code: "timeout" });
    await expect(
      Promise.all([Slow.retry({ attempts: 1 }).run(), vi.runAllTimersAsync()]),
    ).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^Slow: .* 120000 ms/),
    });
  });

  test("makes no attempt that would begin after the time of all, and says what failed", async () => {
    let executions = 0;
    const Fails = component("Fails", async () => {
      executions++;
      throw new Error("no");
    });
    const call = Fails.retry({ attempts: 5, initial: "10m" }).timeout({ total: "1m" }).run();
    await expect(call).rejects.toThrow("no");
    expect(executions).toBe(1);
  });

  test("tries a component again of which a step has used up all its own time", async () => {
    let executions = 0;
    const Slow = component("Slow", async () => (++executions === 1 ? new Promise<string>(() => {}) : "done"));
    const Inner = Slow.timeout({ total: "1m" });
    const call = component("Outer", async () => Inner.run())
      .retry({ attempts: 2 })
      .run();
    await vi.runAllTimersAsync();
    await expect(call).resolves.toBe("done");
  });

  test("stops asking a generator that has timed out", async () => {
    let yielded = 0;
    const Endless = component("Endless", async function* () {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        yielded++;
        yield "x";
      }
    }).timeout("5s");
    const call = Endless.run();
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(call).rejects.toMatchObject({ code: "timeout" });
    expect(yielded).toBeLessThanOrEqual(6);
  });

  test("leaves no timer behind", async () => {
    await component("Quick", async () => 1)
      .timeout("1h")
      .run();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a body may talk to a step nobody listens to, but only JSON", async () => {
  let kept: Step | undefined;
  const Talkative = component("Talkative", async (_: {}, step) => {
    kept = step;
    step.status("x");
    step.progress(1, 2);
    step.publish("x", { a: 1 });
    step.log("x", { level: "warn", count: 1 });
    step.usage({ inputTokens: 1 });
    await step.write("x", { stream: "notes" });
    step.publish("x", new Date() as never);
  });
  await expect(Talkative.run()).rejects.toMatchObject({
    code: "not_json",
    message: expect.stringContaining('publish("x")'),
  });
  expect(kept?.signal.aborted).toBe(true);
});

test("sleep sleeps, also longer than a timer can", async () => {
  const started = Date.now();
  const call = sleep("30d");
  await vi.runAllTimersAsync();
  await expect(call).resolves.toBeNull();
  expect(Date.now() - started).toBe(30 * 86_400_000);
});

test("what only a run can do says so", () => {
  const Article = workflow("article", () => null);
  expect(() => Article.run()).toThrow(
    expect.objectContaining({
      code: "outside_run",
      message: expect.stringMatching(/article\.run\(\).*@alder\/core\/testing/),
    }),
  );
  expect(() => waitFor("approve")).toThrow(
    expect.objectContaining({ code: "outside_run", message: expect.stringContaining('waitFor("approve")') }),
  );
});
