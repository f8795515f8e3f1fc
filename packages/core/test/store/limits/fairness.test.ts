// Who is next, over all workers: whatever they do, and though some die.
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { runFleet, type Begun, type Call, type FleetOptions } from "./fleet.ts";

const RUNS = Number(process.env["ALDER_FUZZ_RUNS"] ?? 40);
const LEASE_MS = 600;

const someCalls = fc
  .array(
    fc.record({
      tenant: fc.constantFrom("a", "b", "c"),
      worker: fc.nat({ max: 3 }),
      at: fc.nat({ max: 400 }),
      tookMs: fc.integer({ min: 1, max: 60 }),
    }),
    { minLength: 5, maxLength: 60 },
  )
  .map((given) =>
    given
      // Those of one time are wanted in the order of the workers, who act one after the other.
      .toSorted((left, right) => left.at - right.at || left.worker - right.worker)
      .map((call, index): Call => ({ ...call, id: `c${index}` })),
  );

const limits = fc.constantFrom(
  { concurrency: 1 },
  { concurrency: 3 },
  { rate: { count: 30, periodMs: 1_000 } },
  { concurrency: 2, rate: { count: 40, periodMs: 1_000 } },
);

test("1. first come, first served within a tenant, over all workers, whoever polls", async () => {
  await fc.assert(
    fc.asyncProperty(someCalls, limits, fc.nat({ max: 3 }), async (calls, limit, polling) => {
      const begun = await simulate(calls, limit, {
        pollEveryMs: (worker) => (worker === polling ? 1 : undefined),
      });
      expect(begun).toHaveLength(calls.length);
      const begunAt = new Map(begun.map((call) => [call.id, call.begunAt]));
      for (const tenant of ["a", "b", "c"]) {
        const times = calls.filter((call) => call.tenant === tenant).map(({ id }) => begunAt.get(id)!);
        expect(times).toEqual(times.toSorted((left, right) => left - right));
      }
      expectConcurrency(begun, limit.concurrency);
    }),
    { numRuns: RUNS },
  );
});

test("1. of tenants that wait, none is served twice while another is not served once", async () => {
  await fc.assert(
    fc.asyncProperty(someCalls, limits, async (calls, limit) => {
      const begun = await simulate(calls, limit, {});
      for (const [index, { begunAt, tenant }] of begun.entries()) {
        // Whoever waited all the time between two of another tenant was served between them.
        const next = begun.findIndex((call, later) => later > index && call.tenant === tenant);
        if (next < 0) continue;
        const until = begun[next]!.begunAt;
        const served = begun.filter((call) => begunAt <= call.begunAt && call.begunAt <= until);
        const waiting = begun.slice(next + 1).filter(({ at }) => at < begunAt);
        for (const other of waiting) expect(served.map((call) => call.tenant)).toContain(other.tenant);
      }
    }),
    { numRuns: RUNS },
  );
});

test("3. what a worker had that died is free after its lease, and keeps nobody waiting for longer", async () => {
  await fc.assert(
    fc.asyncProperty(
      someCalls,
      fc.integer({ min: 1, max: 3 }),
      fc.nat({ max: 500 }),
      async (calls, concurrency, diesAt) => {
        const begun = await simulate(
          calls,
          { concurrency },
          { diesAt: (worker) => (worker === 0 ? diesAt : undefined) },
        );
        const ofOthers = calls.filter(({ worker }) => worker !== 0);
        expect(begun.filter(({ worker }) => worker !== 0)).toHaveLength(ofOthers.length);
        // Its own ended when it died as far as anybody can tell after a lease, so only the others' are counted.
        expectConcurrency(
          begun.filter(({ worker }) => worker !== 0),
          concurrency,
        );
        const last = Math.max(0, ...begun.map(({ begunAt }) => begunAt));
        const work = calls.reduce((sum, { tookMs }) => sum + tookMs, 400);
        expect(last).toBeLessThanOrEqual(Math.max(work, diesAt) + LEASE_MS + LEASE_MS / 3 + work);
      },
    ),
    { numRuns: RUNS },
  );
});

function expectConcurrency(begun: readonly Begun[], concurrency = Infinity): void {
  for (const { begunAt } of begun) {
    const atOnce = begun.filter((call) => call.begunAt <= begunAt && begunAt < call.begunAt + call.tookMs);
    expect(atOnce.length).toBeLessThanOrEqual(concurrency);
  }
}

async function simulate(
  calls: readonly Call[],
  limit: FleetOptions["limit"],
  options: Partial<FleetOptions>,
): Promise<readonly Begun[]> {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  return runFleet(calls, 30_000, { store, clock, limit, leaseMs: LEASE_MS, lateMs: () => 0, ...options });
}
