/**
 * All workers are replaced, one after the other and twice over, while runs are started: nothing is lost, no step is executed
 * twice, and no stream has a gap (E1, E8, E9).
 */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectWhole, kinds, openPlace, readLedger, type Place } from "./open-place.ts";
import { createCli } from "./start-cli.ts";

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 240_000 });

const WORKERS = 2;
const ROUNDS = 2;
const RUNS_EACH = 15;
const STEPS_OF_A_RUN = 3;

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

  test("a rolling replacement of all workers under load", async () => {
    const startWorker = () => cli.startWorker([JOBS, ...place.given], { ALDER_LEDGER: place.ledgerFile });
    const workers = await Promise.all(Array.from({ length: WORKERS }, startWorker));
    const waiting = await place.client.start("waits", {});
    const runIds: string[] = [];
    const startOne = async (): Promise<string> => {
      const { run } = await place.client.start("job", { name: `job ${runIds.length}`, pauseMs: 150 });
      runIds.push(run.runId);
      return run.runId;
    };
    const startSome = async (): Promise<void> => {
      for (let index = 0; index < RUNS_EACH; index++) await startOne();
    };
    /** Starts runs, one after the other, until this process has one in the middle: any worker may take any of them. */
    const startUntilTakenBy = async (pid: number | undefined): Promise<void> => {
      for (;;) {
        const runId = await startOne();
        const taken = await vi.waitFor(async () => {
          const event = (await place.events(runId)).find(({ type }) => type === "run.started");
          if (event?.type !== "run.started") throw new Error(`run ${runId} is not taken yet`);
          return event;
        });
        if (taken.worker.includes(`-${pid}-`)) return;
      }
    };

    for (let replaced = 0; replaced < WORKERS * ROUNDS; replaced++) {
      const next = await startWorker();
      await startSome();
      const old = workers.shift()!;
      await startUntilTakenBy(old.child.pid);
      old.child.kill("SIGTERM");
      await startSome();
      expect(await old.exited, `it printed ${old.output()}`).toBe(0);
      workers.push(next);
    }
    await place.client.signal(waiting.run.runId, "go", null);

    let handedOver = 0;
    for (const [index, runId] of runIds.entries()) {
      const view = await place.client.waitForEnd(runId);
      expect(view).toMatchObject({ output: `job ${index} left! job ${index} right!!`, recoveries: 0 });
      const events = await place.events(runId);
      expectWhole(events);
      handedOver += events.filter(
        (event) => event.type === "run.queued" && event.reason === "handed_over",
      ).length;
    }
    const view = await place.client.waitForEnd(waiting.run.runId);
    expect(view).toMatchObject({ output: "production", recoveries: 0 });
    // Some were in the middle, or this has shown nothing.
    expect(handedOver).toBeGreaterThan(0);
    const executions = [...readLedger(place.ledgerFile).values()];
    expect(executions).toHaveLength(runIds.length * STEPS_OF_A_RUN);
    expect(Math.max(...executions)).toBe(1);
    expect(workers.map(({ output }) => output()).join("")).not.toContain("alder:");
  });
});
