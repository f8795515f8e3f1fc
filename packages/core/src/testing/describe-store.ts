/** The conformance suite of stores: what `Store` promises, as tests that any implementation can be put to. */
import { openScene, type DeclareTest } from "./store-suite/scene.ts";
import type { StoreUnderTest } from "./store-under-test.ts";
import { testAlone } from "./store-suite/alone.ts";
import { testBlock } from "./store-suite/block.ts";
import { testCache } from "./store-suite/cache.ts";
import { testCancel } from "./store-suite/cancel.ts";
import { testClaim } from "./store-suite/claim.ts";
import { testCreateRun } from "./store-suite/create-run.ts";
import { testFencing } from "./store-suite/fencing.ts";
import { testGivenUp } from "./store-suite/given-up.ts";
import { testFinish } from "./store-suite/finish.ts";
import { testLeases } from "./store-suite/leases.ts";
import { testLimitBreakers } from "./store-suite/limit-breakers.ts";
import { testLimitLeases } from "./store-suite/limit-leases.ts";
import { testLimitLines } from "./store-suite/limit-lines.ts";
import { testLimitRates } from "./store-suite/limit-rates.ts";
import { testLimitWatch } from "./store-suite/limit-watch.ts";
import { testListRuns } from "./store-suite/list-runs.ts";
import { testPark } from "./store-suite/park.ts";
import { testQueueOrder } from "./store-suite/queue-order.ts";
import { testReadEvents } from "./store-suite/read-events.ts";
import { testAccept, testRetry } from "./store-suite/reopen.ts";
import { testResend } from "./store-suite/resend.ts";
import { testRetention } from "./store-suite/retention.ts";
import { testSignals } from "./store-suite/signals.ts";
import { testTenants } from "./store-suite/tenants.ts";
import { testTimings } from "./store-suite/timings.ts";
import { testWatch } from "./store-suite/watch.ts";
import { testWorkers } from "./store-suite/workers.ts";

/** What the suite needs of a test runner: vitest's and Node's both have it. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => void;
  readonly test: (name: string, run: () => Promise<void>) => void;
}

/**
 * Declares the suite for one store. `open` is called for every test.
 *
 * @example
 * import { describe, test } from "vitest";
 * describeStore("my store", async () => ({ store, other, advance }), { describe, test });
 */
export function describeStore(
  name: string,
  open: () => Promise<StoreUnderTest>,
  { describe, test }: TestRunner,
): void {
  const declare: DeclareTest = (title, run) =>
    test(title, async () => {
      const opened = await open();
      try {
        await run(openScene(opened));
      } finally {
        await opened.store.close();
        if (opened.other !== opened.store) await opened.other.close();
        await opened.dispose?.();
      }
    });
  describe(name, () => {
    describe("createRun", () => testCreateRun(declare));
    describe("tenants", () => testTenants(declare));
    describe("claim", () => testClaim(declare));
    describe("claim: who is next in a queue", () => testQueueOrder(declare));
    describe("claim of runs that keep getting lost (E8)", () => testAlone(declare));
    describe("heartbeat of what was given up (E8)", () => testGivenUp(declare));
    describe("append: one owner (E8)", () => testFencing(declare));
    describe("append, park, release, finish: safe to send again", () => testResend(declare));
    describe("park", () => testPark(declare));
    describe("block and unblockRuns (E4)", () => testBlock(declare));
    describe("acceptRun (E4)", () => testAccept(declare));
    describe("retryRun (E7)", () => testRetry(declare));
    describe("finish", () => testFinish(declare));
    describe("heartbeat and reap", () => testLeases(declare));
    describe("signals (E12)", () => testSignals(declare));
    describe("cancel (E9)", () => testCancel(declare));
    describe("readEvents", () => testReadEvents(declare));
    describe("listRuns", () => testListRuns(declare));
    describe("deleteEnded", () => testRetention(declare));
    describe("values that runs share", () => testCache(declare));
    describe("timings", () => testTimings(declare));
    describe("workers and manifests", () => testWorkers(declare));
    describe("watchRun and watchQueues", () => testWatch(declare));
    describe("limits: lines", () => testLimitLines(declare));
    describe("limits: leases", () => testLimitLeases(declare));
    describe("limits: rates, tokens, pauses and numbers", () => testLimitRates(declare));
    describe("limits: breakers", () => testLimitBreakers(declare));
    describe("watchLimit", () => testLimitWatch(declare));
  });
}
