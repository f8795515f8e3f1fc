/** How processes end: what a signal lets end, what it hands over, and that another one does not wait (E1, E8, E9). */
import { fileURLToPath } from "node:url";
import type { RunEvent } from "@alder/core/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectWhole, kinds, openPlace, readLedger, type Place } from "./open-place.ts";
import { createCli, type CliProcess } from "./start-cli.ts";

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000 });

const JOBS = fileURLToPath(new URL("programs/jobs.tsx", import.meta.url));
const cli = createCli();

describe.each(kinds)("on %s", (kind) => {
  let place: Place;
  beforeEach(async () => {
    place = await openPlace(kind);
  });
  afterEach(async () => {
    await cli.killAll();
    await place.close();
  });

  const startWorker = (...more: readonly string[]): Promise<CliProcess> =>
    cli.startWorker([JOBS, ...place.given, ...more], { ALDER_LEDGER: place.ledgerFile });

  async function until(runId: string, type: RunEvent["type"]): Promise<void> {
    for await (const { events } of place.client.follow(runId)) {
      if (events.some((event) => event.type === type)) return;
    }
    throw new Error(`the run has ended without ${type}`);
  }

  /** Two workers, and a run in the middle: its first step has finished, its second is under way. */
  async function startRun(pauseMs: number, ...more: readonly string[]) {
    const workers = await Promise.all([startWorker(...more), startWorker(...more)]);
    const { run } = await place.client.start("slow", { steps: 3, pauseMs });
    await until(run.runId, "step.completed");
    const started = (await place.events(run.runId)).find((event) => event.type === "run.started");
    const owner = workers.find(({ child }) => started?.worker.includes(`-${child.pid}-`));
    return { runId: run.runId, owner: owner! };
  }

  test("SIGTERM lets the step that is under way end; the rest of the run goes on elsewhere within a second", async () => {
    const { runId, owner } = await startRun(700);
    owner.child.kill("SIGTERM");
    expect(await owner.exited, `it printed ${owner.output()}`).toBe(0);
    const view = await place.client.waitForEnd(runId);
    expect(view).toMatchObject({ output: 3, recoveries: 0, executions: 2 });
    const events = await place.events(runId);
    expectWhole(events);
    expect(handOverMs(events)).toBeLessThan(1000);
    // Nothing was cut off.
    expect([...readLedger(place.ledgerFile).values()]).toEqual([1, 1, 1]);
  });

  test("what has not ended within the grace time is cut off and executed again elsewhere, what has finished is not", async () => {
    const { runId, owner } = await startRun(2500, "--grace", "100ms");
    owner.child.kill("SIGINT");
    expect(await owner.exited, `it printed ${owner.output()}`).toBe(0);
    const view = await place.client.waitForEnd(runId);
    expect(view).toMatchObject({ output: 3, recoveries: 0, executions: 2 });
    const events = await place.events(runId);
    expectWhole(events);
    expect(handOverMs(events)).toBeLessThan(1000);
    // The first had finished.
    expect([...readLedger(place.ledgerFile).values()]).toEqual([1, 2, 1]);
  });

  test("a run that waits is parked, and goes on at the next worker, in production", async () => {
    const first = await startWorker();
    const { run } = await place.client.start("waits", {});
    await until(run.runId, "input.requested");
    first.child.kill("SIGTERM");
    expect(await first.exited, `it printed ${first.output()}`).toBe(0);
    expect(await place.client.view(run.runId)).toMatchObject({ status: "waiting" });
    await place.client.signal(run.runId, "go", null);
    await startWorker();
    expect(await place.client.waitForEnd(run.runId)).toMatchObject({ output: "production", recoveries: 0 });
  });

  test("a second signal ends a worker at once; its runs are taken over", async () => {
    const first = await startWorker("--grace", "10m");
    const { run } = await place.client.start("slow", { steps: 1, pauseMs: 4000 });
    await until(run.runId, "step.started");
    first.child.kill("SIGTERM");
    await first.prints(/Stopping/);
    const again = setInterval(() => first.child.kill("SIGTERM"), 100);
    expect(await first.exited).toBe(128 + 15);
    clearInterval(again);
    await startWorker();
    expect(await place.client.waitForEnd(run.runId)).toMatchObject({ output: 1, recoveries: 1 });
  });

  test("an API ends its streams and exits with 0", async () => {
    const api = await cli.startApi(place.given);
    await startWorker();
    const { run } = await place.client.start("waits", {});
    const response = await fetch(`${api.url}/runs/${run.runId}/events`, {
      headers: { accept: "text/event-stream" },
    });
    const text = response.text();
    await until(run.runId, "input.requested");
    api.child.kill("SIGTERM");
    expect(await text).toContain("run.started");
    expect(await text).not.toContain("run.completed");
    expect(await api.exited, `it printed ${api.output()}`).toBe(0);
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow("fetch failed");
  });

  test("alder dev serves and executes; stopped in the middle of a run it ends with 0, and goes on when it is started again", async () => {
    const start = async () => {
      const dev = cli.start(["dev", JOBS, "--port", "0", "--grace", "0s", ...place.given]);
      const [, url = ""] = await dev.prints(/Serving (\S+)\n/);
      return { ...dev, url };
    };
    const first = await start();
    const response = await fetch(`${first.url}/workflows/tell/runs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ words: 20, pauseMs: 200 }),
    });
    const { runId } = (await response.json()) as { runId: string };
    await until(runId, "chunk");
    first.child.kill("SIGINT");
    expect(await first.exited, `it printed ${first.output()}`).toBe(0);
    expect((await place.client.view(runId)).status).toBe("queued");
    const second = await start();
    await second.prints(/Executing .*\btell\b/);
    const view = await place.client.waitForEnd(runId);
    expect(view).toMatchObject({ status: "completed", recoveries: 0, executions: 2 });
    expectWhole(await place.events(runId));
  });

  test("E8: a run that ends every process is given up as a crash loop, and the worker says so", async () => {
    const { run } = await place.client.start("deadly", {}).catch(async () => {
      // Its manifest comes with the first worker.
      await startWorker();
      return await place.client.start("deadly", {});
    });
    let last: CliProcess | undefined;
    for (let dead = 0; (await place.client.view(run.runId)).status !== "failed"; dead++) {
      expect(dead).toBeLessThan(12);
      last = cli.start(["worker", JOBS, ...place.given]);
      const failed = place.client.waitForEnd(run.runId);
      await Promise.race([last.exited, failed]);
    }
    expect(await place.client.view(run.runId)).toMatchObject({ error: { code: "crash_loop" } });
    await last?.prints(new RegExp(`Run ${run.runId} of deadly failed: .*\\(crash_loop\\)`));
  });

  test("a worker says which runs have failed, and why", async () => {
    const worker = await startWorker();
    const { run } = await place.client.start("bad", {});
    expect((await place.client.waitForEnd(run.runId)).status).toBe("failed");
    await worker.prints(new RegExp(`Run ${run.runId} of bad failed: no luck\\n`));
  });
});

/** From the moment it was handed over to the moment somebody else had it, in the store's time. */
function handOverMs(events: readonly RunEvent[]): number {
  const index = events.findLastIndex(
    (event) => event.type === "run.queued" && event.reason === "handed_over",
  );
  expect(index).toBeGreaterThan(0);
  const started = events.slice(index).find(({ type }) => type === "run.started");
  return (started?.at ?? Infinity) - (events[index]?.at ?? 0);
}
