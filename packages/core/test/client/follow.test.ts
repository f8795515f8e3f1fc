// Cites the invariants of src/client/follow.ts.
import { array, assert, asyncProperty, constantFrom, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import { followRun, type EventBatch } from "../../src/client/follow.ts";
import { Tails } from "../../src/client/run-tail.ts";
import { createStream } from "./stream-in-memory.ts";

function seqsOf(batches: readonly EventBatch[]): number[] {
  return batches.flatMap(({ events }) => events.map((event) => event.seq));
}

async function collect(batches: AsyncIterable<EventBatch>): Promise<number[]> {
  const all: EventBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return seqsOf(all);
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe("1. no event is missed", () => {
  test("that is written while a page is read", async () => {
    const stream = createStream();
    stream.write(2);
    const acts = [() => stream.write(1), () => stream.write(1), () => stream.end()];
    stream.whileReading(() => acts.shift()?.());
    expect(await collect(followRun(new Tails(stream.store), "r"))).toEqual(upTo(5));
  });

  test("that is written while a batch is handed out", async () => {
    const stream = createStream();
    stream.write(1);
    const following = followRun(new Tails(stream.store), "r");
    const first = await following.next();
    stream.write(1);
    stream.end();
    const rest = await collect(following);
    expect([...seqsOf([first.value!]), ...rest]).toEqual(upTo(3));
  });

  test("whatever is written when", async () => {
    const moments = array(constantFrom("while reading", "while handing out", "later"), {
      maxLength: 30,
    });
    await assert(
      asyncProperty(moments, integer({ min: 1, max: 4 }), async (plan, pageSize) => {
        const stream = createStream();
        const left = [...plan];
        const step = (): void => {
          if (left.shift() === undefined) stream.end();
          else stream.write(1);
        };
        let isOver = false;
        const advance = (moment: string): void => {
          if (isOver || (left.length > 0 && left[0] !== moment)) return;
          isOver = left.length === 0;
          step();
        };
        stream.whileReading(() => advance("while reading"));
        const seqs: number[] = [];
        const following = followRun(new Tails(stream.store), "r", { pageSize });
        const later = setInterval(() => (isOver ? undefined : advance(left[0] ?? "later")), 0);
        for await (const { events } of following) {
          seqs.push(...events.map((event) => event.seq));
          advance("while handing out");
        }
        clearInterval(later);
        expect(seqs).toEqual(upTo(stream.length()));
        expect(stream.watches()).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

test("2. nothing is read before it is asked for", async () => {
  const stream = createStream();
  stream.write(1000);
  const following = followRun(new Tails(stream.store), "r", { pageSize: 10 });
  expect(stream.reads()).toBe(0);
  expect(stream.watches()).toBe(0);
  await following.next();
  stream.write(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(stream.reads()).toBe(1);
  await following.return();
});

describe("3. the watch is removed", () => {
  test("at the end", async () => {
    const stream = createStream();
    stream.end();
    expect(await collect(followRun(new Tails(stream.store), "r"))).toEqual([1]);
    expect(stream.watches()).toBe(0);
  });

  test("when its reader breaks off", async () => {
    const stream = createStream();
    stream.write(1);
    for await (const batch of followRun(new Tails(stream.store), "r")) if (batch.events.length > 0) break;
    expect(stream.watches()).toBe(0);
  });

  test("when it is aborted while it waits, without an error", async () => {
    const stream = createStream();
    const leaving = new AbortController();
    stream.write(1);
    const following = followRun(new Tails(stream.store), "r", { signal: leaving.signal });
    await following.next();
    const waiting = following.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.watches()).toBe(1);
    leaving.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(stream.watches()).toBe(0);
  });

  test("when it was aborted before it began, and none was set", async () => {
    const stream = createStream();
    stream.end();
    expect(await collect(followRun(new Tails(stream.store), "r", { signal: AbortSignal.abort() }))).toEqual(
      [],
    );
    expect(stream.reads()).toBe(0);
  });

  test("when the cursor does not exist", async () => {
    const stream = createStream();
    const following = followRun(new Tails(stream.store), "r", { after: { seq: 7, fence: 1 } });
    await expect(following.next()).rejects.toMatchObject({ code: "reset", details: { cursor: "7-1" } });
    expect(stream.watches()).toBe(0);
  });

  test("when the store fails", async () => {
    const stream = createStream();
    const cause = new Error("disk on fire");
    const store = { ...stream.store, readEvents: () => Promise.reject(cause) };
    await expect(followRun(new Tails(store), "r").next()).rejects.toMatchObject({
      code: "store_unavailable",
      cause,
    });
    expect(stream.watches()).toBe(0);
  });
});

test("4. a wake-up for nothing is no event and no end", async () => {
  const stream = createStream();
  const following = followRun(new Tails(stream.store), "r");
  const first = following.next();
  await new Promise((resolve) => setImmediate(resolve));
  stream.write(0);
  await new Promise((resolve) => setImmediate(resolve));
  stream.write(1);
  expect(seqsOf([(await first).value!])).toEqual([1]);
  stream.end();
  expect(await collect(following)).toEqual([2]);
});
