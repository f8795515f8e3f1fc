// Must show 1 and 2 of issue 5: a limit holds over all workers, is used, is fair, survives the death of who holds it, and
// leaves a provider alone that is down. `npm run chaos` makes all 600 calls.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../../../shared/model-server/call-log.ts";
import type { ModelServer } from "../../../shared/model-server/model-server.ts";
import { startCallsFleet, type CallsFleet } from "./calls-fleet.ts";
import { allowed, careful, failures, openMs, slow } from "./programs/limits.ts";
import { answeringAt, averageIn, mostIn } from "./windows.ts";

const CALLS = Number(process.env.ALDER_CALLS ?? 120);
/** On a machine that does nothing else. Beside other tests calls are late on their way, and workers late to make them. */
const isAlone = process.env.ALDER_CALLS !== undefined;
const leastUsed = isAlone ? 0.95 : 0.8;
/** Of twenty calls; half of them are ten. */
const leastOfTwenty = isAlone ? 8 : 5;
/** Who says nothing for so long is taken for dead. */
const leaseMs = 6_000;
const patiently = { timeout: 30_000, interval: 20 };
const epochMs = () => performance.timeOrigin + performance.now();

describe.each(["redis", "file"] as const)("three workers on %s", (store) => {
  let fleet: CallsFleet;
  beforeAll(async () => {
    fleet = await startCallsFleet(store);
    // The first call of a process takes longer to leave it than the others.
    await fleet.slowDown(fleet.a, 50);
    await endOf(await startRuns("slow-calls", { calls: 12, runs: 6 }));
    await fleet.slowDown(fleet.a, 1);
  }, 90_000);
  afterAll(() => fleet.stop(), 60_000);

  test(
    `make ${CALLS} calls of two tenants by the rate, use it, and let both take turns`,
    { timeout: 120_000 },
    async () => {
      const { a } = fleet;
      a.change({ requests: { ...allowed, burst: 30 } });
      const before = a.report().total;
      const half = { calls: CALLS / 2, runs: 3 };
      const first = await startRuns("rated-calls", { ...half, tenant: "herons" });
      await expect.poll(() => a.report().total, patiently).toBeGreaterThan(before);
      const second = await startRuns("rated-calls", { ...half, tenant: "otters", from: CALLS / 2 });
      await endOf([...first, ...second]);

      const calls = a.report().calls.slice(before);
      expect(answered(calls)).toHaveLength(CALLS);
      expect(calls).toHaveLength(CALLS);
      // The log is that of the server: two calls that left a period apart may come in a little less apart.
      const latenessMs = isAlone ? 0.05 * allowed.periodMs : 0.3 * allowed.periodMs;
      expect(mostIn(calls, allowed.periodMs - latenessMs)).toBeLessThanOrEqual(allowed.count);
      expect(averageIn(calls, allowed.periodMs)).toBeLessThanOrEqual(allowed.count);
      expect(averageIn(calls, allowed.periodMs)).toBeGreaterThanOrEqual(leastUsed * allowed.count);
      expectTurns(calls.map(({ subject }) => Number.parseInt(subject, 10) >= CALLS / 2));
      a.change({ requests: { count: 1_000, periodMs: 1 } });
    },
  );

  test(
    "leave a provider alone that is down, go to the other, and come back",
    { timeout: 120_000 },
    async () => {
      const { a, b } = fleet;
      const before = answered(a.report().calls).length;
      await fleet.slowDown(a, 10);
      const runs = await startRuns("careful-calls", { calls: CALLS, runs: 6 });
      await expect
        .poll(() => answered(a.report().calls).length - before, patiently)
        .toBeGreaterThan(CALLS / 6);
      a.change({ outage: true });
      const downAt = epochMs();
      await endOf(runs);

      const refused = a.report().calls.filter(({ outcome }) => outcome === "outage");
      // What was under way when the circuit opened, and one probe for each time it was open.
      const probes = Math.ceil((epochMs() - downAt) / openMs);
      expect(refused.length).toBeGreaterThanOrEqual(failures);
      expect(refused.length).toBeLessThanOrEqual(failures + careful.concurrency + probes);
      expect(answered(b.report().calls).length).toBeGreaterThan(CALLS / 6);
      expect(answered(a.report().calls).length - before + answered(b.report().calls).length).toBe(CALLS);

      a.change({ outage: false });
      // One call is let through to see whether A is there again: while it is open, others go on to B.
      const readBreaker = async () => {
        await endOf(await startRuns("careful-calls", { calls: 1, runs: 1 }));
        return (await fleet.store.readLimit(careful.key))?.breaker;
      };
      await expect.poll(readBreaker, patiently).toBe("closed");
      const closedAt = epochMs();
      await endOf(await startRuns("careful-calls", { calls: 30, runs: 6 }));
      expect(answered(a.report().calls).filter(({ at }) => at > closedAt)).toHaveLength(30);
    },
  );

  test("use what a killed worker held, within a lease", { timeout: 120_000 }, async () => {
    const { a, client } = fleet;
    await fleet.slowDown(a, 100);
    const startedAt = epochMs();
    const callsOf = ({ report }: ModelServer) => report().calls.filter(({ at }) => at >= startedAt);
    const readHolders = async () => {
      const { held = [] } = (await fleet.store.readLimit(slow.key)) ?? {};
      return held.map(({ worker }) => worker);
    };
    const runs = await startRuns("slow-calls", { calls: 120, runs: 6 });
    await expect.poll(() => a.report().inFlight, patiently).toBe(slow.concurrency);
    const [victim = ""] = await readHolders();
    const killedAt = epochMs();
    fleet.kill(victim);
    // What it held, nobody gives back.
    await expect.poll(() => callsOf(a).some(({ outcome }) => outcome === "left"), patiently).toBe(true);
    const othersHold = async () => (await readHolders()).filter((worker) => worker !== victim).length;
    await expect.poll(othersHold, patiently).toBe(slow.concurrency);
    expect(epochMs() - killedAt).toBeLessThan(leaseMs + 1_500);
    await Promise.all(runs.map((runId) => client.cancel(runId)));
    await endOf(runs, "cancelled");
    // What the dead one was answered, nobody hears; the server notices that at the end of the answer.
    const calls = answered(callsOf(a));
    for (const { at } of calls) expect(answeringAt(calls, at)).toBeLessThanOrEqual(slow.concurrency);
  });

  /** So many calls, in equal parts by so many runs. */
  async function startRuns(
    workflow: string,
    { calls, runs, from = 0, tenant }: { calls: number; runs: number; from?: number; tenant?: string },
  ): Promise<string[]> {
    const count = calls / runs;
    const starts = Array.from({ length: runs }, async (_, run) => {
      const input = { from: from + run * count, count };
      const started = await fleet.client.start(workflow, input, tenant === undefined ? {} : { tenant });
      return started.run.runId;
    });
    return await Promise.all(starts);
  }

  async function endOf(runIds: readonly string[], status = "completed"): Promise<void> {
    for (const runId of runIds) expect(await fleet.client.waitForEnd(runId)).toMatchObject({ status });
  }
});

function answered(calls: readonly Call[]): Call[] {
  return calls.filter(({ outcome }) => outcome === "answered");
}

/**
 * Whose call each was, in order. Who came later waits for nobody's last: as long as both have calls to make, each makes
 * about half of them.
 */
function expectTurns(ofLater: readonly boolean[]): void {
  const beginning = ofLater.indexOf(true);
  expect(beginning).toBeLessThan(ofLater.length / 4);
  const both = ofLater.slice(beginning, ofLater.lastIndexOf(false) + 1);
  expect(both.length).toBeGreaterThan(40);
  for (let from = 0; from + 20 <= both.length - 20; from += 10) {
    const share = both.slice(from, from + 20).filter(Boolean).length;
    expect(share, `calls ${from} to ${from + 20}`).toBeGreaterThanOrEqual(leastOfTwenty);
    expect(share, `calls ${from} to ${from + 20}`).toBeLessThanOrEqual(20 - leastOfTwenty);
  }
}
