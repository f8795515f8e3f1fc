// Cites the invariants of src/client/run-tail.ts.
import { array, assert, asyncProperty, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import { followRun } from "../../src/client/follow.ts";
import { Tails } from "../../src/client/run-tail.ts";
import { createStream } from "./stream-in-memory.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Reads to the end; `pause` between batches makes it slow. */
async function readAll(tails: Tails, pageSize: number, pause = 0): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { events } of followRun(tails, "r", { pageSize })) {
    seqs.push(...events.map(({ seq }) => seq));
    for (let turns = 0; turns < pause; turns++) await turn();
  }
  return seqs;
}

describe("1. one read for all who are at the end", () => {
  test("and one watch", async () => {
    const stream = createStream();
    const tails = new Tails(stream.store);
    stream.write(3);
    const readers = Array.from({ length: 50 }, () => readAll(tails, 100));
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(stream.watches()).toBe(1);
    const before = stream.reads();
    for (let event = 0; event < 20; event++) {
      stream.write(1);
      await turn();
      await turn();
    }
    expect(stream.reads() - before).toBeLessThanOrEqual(20);
    stream.end();
    for (const seqs of await Promise.all(readers)) expect(seqs).toEqual(upTo(24));
    expect(stream.watches()).toBe(0);
  });
});

test("1-3. every reader gets every event once, however fast it is and whenever it comes", async () => {
  const readers = array(integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });
  await assert(
    asyncProperty(
      readers,
      integer({ min: 1, max: 5 }),
      integer({ min: 1, max: 40 }),
      async (pauses, pageSize, writes) => {
        const stream = createStream();
        const tails = new Tails(stream.store);
        const reading: Promise<number[]>[] = [];
        for (let write = 0; write < writes; write++) {
          stream.write(1 + (write % 4));
          const pause = pauses[write];
          if (pause !== undefined) reading.push(readAll(tails, pageSize, pause));
          if (write % 3 > 0) await turn();
        }
        stream.end();
        reading.push(readAll(tails, pageSize));
        for (const seqs of await Promise.all(reading)) expect(seqs).toEqual(upTo(stream.length()));
        expect(stream.watches()).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

test("2. a reader far behind reads for itself, and meets the others at the end", async () => {
  const stream = createStream();
  const tails = new Tails(stream.store);
  stream.write(1);
  const slow = followRun(tails, "r");
  await slow.next();
  const fast = readAll(tails, 100);
  for (let round = 0; round < 30; round++) {
    stream.write(100);
    await turn();
    await turn();
  }
  stream.end();
  expect(await fast).toEqual(upTo(3002));
  const late: number[] = [1];
  for await (const { events } of slow) late.push(...events.map(({ seq }) => seq));
  expect(late).toEqual(upTo(3002));
});

test("4. what the store has lost is forgotten: a reader with the old cursor is told, a new one reads what there is", async () => {
  const stream = createStream();
  const tails = new Tails(stream.store);
  stream.write(5);
  const reader = followRun(tails, "r");
  await reader.next();
  const waiting = reader.next();
  await turn();
  stream.lose(3);
  await expect(waiting).rejects.toMatchObject({ code: "reset" });
  stream.end();
  expect(await readAll(tails, 100)).toEqual(upTo(3));
});
