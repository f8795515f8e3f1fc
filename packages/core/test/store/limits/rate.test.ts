// What a rate promises, whatever its numbers, and however late workers are.
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { runFleet, type Begun, type Call } from "./fleet.ts";

const RUNS = Number(process.env["ALDER_FUZZ_RUNS"] ?? 12);
const MOST_CALLS = 600;

test("2. no period sees more than the count; where somebody waits, 95 % of it are used", async () => {
  const cases = fc.record({
    count: fc.integer({ min: 1, max: 200 }),
    periodMs: fc.constantFrom(500, 1_000, 7_001, 60_000),
    workers: fc.integer({ min: 1, max: 4 }),
    // Of what may come early, which makes up for it.
    late: fc.array(fc.double({ min: 0, max: 0.9, noNaN: true }), { minLength: 1, maxLength: 50 }),
    idlePeriods: fc.constantFrom(0, 0.3, 2),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, periodMs, workers, late, idlePeriods }) => {
      const periods = Math.min(3, MOST_CALLS / count);
      // Some come later, when the first have been served and the rate is rested.
      const secondAt = (periods + idlePeriods) * periodMs;
      const calls = Array.from({ length: Math.ceil(2 * count * periods) + 40 }, (_, index): Call => {
        const isFirst = index < (count * periods) / 2;
        const at = isFirst ? 0 : secondAt;
        return { id: `c${index}`, tenant: "", worker: index % workers, at, tookMs: 1 };
      });
      const begun = await simulate(calls, secondAt + periods * periodMs, count, periodMs, late);
      for (const { begunAt } of begun) {
        const inPeriod = begun.filter(
          (call) => call.begunAt >= begunAt && call.begunAt <= begunAt + periodMs,
        );
        expect(inPeriod.length).toBeLessThanOrEqual(count);
      }
      const second = begun.filter(({ at }) => at === secondAt);
      const used = second.length / (count * periods);
      // One call more or less is more than 5 % where there are few.
      expect(used).toBeGreaterThanOrEqual(0.95 - 1 / (count * periods));
    }),
    { numRuns: RUNS },
  );
}, 300_000);

test("a rate of which `burst` may begin at once keeps to the count, too", async () => {
  const cases = fc.record({
    count: fc.integer({ min: 2, max: 60 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, share }) => {
      const burst = Math.max(1, Math.floor(count * share));
      const calls = Array.from({ length: 3 * count }, (_, index): Call => {
        return { id: `c${index}`, tenant: "", worker: index % 2, at: index < count ? 0 : 5_000, tookMs: 1 };
      });
      const begun = await simulate(calls, 20_000, count, 1_000, [0], burst);
      expect(begun.filter(({ begunAt }) => begunAt === 0)).toHaveLength(burst);
      for (const { begunAt } of begun) {
        const inPeriod = begun.filter((call) => call.begunAt >= begunAt && call.begunAt <= begunAt + 1_000);
        expect(inPeriod.length).toBeLessThanOrEqual(count);
      }
    }),
    { numRuns: RUNS },
  );
}, 300_000);

async function simulate(
  calls: readonly Call[],
  until: number,
  count: number,
  periodMs: number,
  late: readonly number[],
  burst?: number,
): Promise<readonly Begun[]> {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const limit = { rate: { count, periodMs }, ...(burst === undefined ? {} : { burst }) };
  let asked = 0;
  // A fiftieth of the count may come early, so a fiftieth of the period.
  const lateMs = (): number => Math.floor(late[asked++ % late.length]! * 0.02 * periodMs);
  return runFleet(calls, until, { store, clock, limit, leaseMs: periodMs * 10, lateMs });
}
