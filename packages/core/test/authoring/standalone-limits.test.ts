// Limits where there is no worker: they hold within this process.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { component, RetryAfterError } from "../../src/index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

let keys = 0;
const freshKey = (): string => `standalone ${++keys}`;

/** Time moves on for as long as something waits for it. */
async function ended<T>(work: PromiseLike<T>): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  work.then(over, over);
  while (!isOver) await vi.advanceTimersByTimeAsync(10);
  return await work;
}

test("concurrency", async () => {
  let [now, most] = [0, 0];
  const Ask = component("Ask", async ({ v }: { v: number }) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 50));
    now--;
    return v;
  }).limit({ key: freshKey(), concurrency: 3 });
  const values = await ended(Promise.all(Array.from({ length: 10 }, (_, v) => Ask.run({ v }))));
  expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(3);
});

test("a rate, first come, first served", async () => {
  const starts: number[] = [];
  const order: number[] = [];
  const Ask = component("Ask", async ({ v }: { v: number }) => {
    starts.push(Date.now());
    order.push(v);
  }).limit({ key: freshKey(), rate: "10/1s" });
  await ended(Promise.all(Array.from({ length: 31 }, (_, v) => Ask.run({ v }))));
  expect(order).toEqual(Array.from({ length: 31 }, (_, v) => v));
  for (const at of starts) {
    expect(starts.filter((other) => other >= at && other < at + 1000).length).toBeLessThanOrEqual(10);
  }
  expect(starts.at(-1)! - starts[0]!).toBeLessThan(3200);
});

test("tokens, as step.usage tells them", async () => {
  const starts: number[] = [];
  const Ask = component("Ask", async (_: {}, step) => {
    starts.push(Date.now());
    step.usage({ inputTokens: 400, outputTokens: 100 });
  }).limit({ key: freshKey(), tokens: "1000/1s", concurrency: 1 });
  for (let count = 0; count < 6; count++) await ended(Ask.run());
  expect(starts.at(-1)! - starts[0]!).toBeGreaterThan(1000);
});

describe("a provider", () => {
  test("that says when to come again pauses the key for all", async () => {
    const limit = { key: freshKey(), concurrency: 5 } as const;
    const Busy = component("Busy", async (): Promise<void> => {
      throw new RetryAfterError("busy", "20s");
    }).limit(limit);
    const Other = component("Other", async () => Date.now()).limit(limit);
    const at = Date.now();
    await expect(Busy.run()).rejects.toMatchObject({ code: "retry_after" });
    expect(await ended(Other.run())).toBeGreaterThanOrEqual(at + 20_000);
  });

  test("that is ill is left alone, and tried again when its time is over", async () => {
    let isIll = true;
    let asked = 0;
    const Ask = component("Ask", async () => {
      asked++;
      if (isIll) throw Object.assign(new Error("503"), { status: 503 });
      return "well";
    })
      .limit({ key: freshKey(), breaker: { failures: 2, within: "1m", open: "1m" } })
      .retry({ attempts: 9, initial: 1 });
    await expect(ended(Ask.run())).rejects.toMatchObject({ code: "circuit_open" });
    expect(asked).toBe(2);
    isIll = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ended(Ask.run())).toBe("well");
  });
});

test("a component inside one that holds a permit of the key shares its slot", async () => {
  const limit = { key: freshKey(), concurrency: 1 } as const;
  const Inner = component("Inner", async () => "in").limit(limit);
  const Outer = component("Outer", async () => Inner.run()).limit(limit);
  expect(await ended(Promise.all([Outer.run(), Outer.run()]))).toEqual(["in", "in"]);
});

test("the time for all attempts begins with the first start, not with the wait for it", async () => {
  const limit = { key: freshKey(), concurrency: 1 } as const;
  const Slow = component("Slow", () => new Promise<void>((resolve) => setTimeout(resolve, 60_000))).limit(
    limit,
  );
  const Quick = component("Quick", async () => "quick")
    .limit(limit)
    .timeout({ total: "5s" });
  const [, quick] = await ended(Promise.all([Slow.run(), Quick.run()]));
  expect(quick).toBe("quick");
});
