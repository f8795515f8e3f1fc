/**
 * E1, E2, E8 with whole processes: a workflow of more than 50 steps whose worker is killed with SIGKILL again and again
 * ends as an undisturbed one does, and no step whose completion reached the stream is executed again.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient } from "@alder/core/client";
import { START, toCursor, parseCursor, type RunEvent } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStoreAt } from "../store/open-store-at.ts";
import { emptyAddress, isOnRedis } from "../store/open-test-store.ts";

const PROGRAM = new URL("programs/ledger.tsx", import.meta.url).pathname;
const KILLS = Number(process.env["ALDER_KILLS"] ?? (isOnRedis ? 20 : 50));
const SEED = Number(process.env["ALDER_SEED"] ?? Date.now() % 1_000_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alder-crash-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test(`a run survives ${KILLS} kills of its worker`, { timeout: 300_000 }, async () => {
  const undisturbed = await runOnce(join(folder, "calm"), async () => {});
  expect(undisturbed.status).toBe("completed");
  expect(undisturbed.steps.size).toBeGreaterThanOrEqual(50);

  const random = seeded(SEED);
  let kills = 0;
  const disturbed = await runOnce(join(folder, "stormy"), async (life) => {
    const before = life.completed().size;
    // Sometimes before anything was done, but never three times in a row: that would be a crash loop, and told as one.
    const wanted = kills % 3 === 2 ? 1 : 0;
    while (life.completed().size < before + wanted && !life.hasEnded()) await pause(2);
    await pause(random() * 30);
    if (kills < KILLS) {
      kills++;
      return "kill";
    }
    return undefined;
  });

  expect(disturbed.repeatedAfterCompletion, `seed ${SEED}`).toEqual([]);
  expect(disturbed.repeatedWithoutKill, `seed ${SEED}`).toEqual([]);
  expect(disturbed.status, `seed ${SEED}`).toBe("completed");
  expect(disturbed.output, `seed ${SEED}`).toEqual(undisturbed.output);
  expect(disturbed.steps, `seed ${SEED}`).toEqual(undisturbed.steps);
  expect(kills, `seed ${SEED}: the run ended before ${KILLS} kills`).toBe(KILLS);
});

interface RunningLife {
  completed(): ReadonlySet<string>;
  hasEnded(): boolean;
}

interface Outcome {
  readonly status: string;
  readonly output: unknown;
  /** Name and place of every step that completed. */
  readonly steps: ReadonlySet<string>;
  /** Steps found in the ledger again after the stream said that they were completed. */
  readonly repeatedAfterCompletion: readonly string[];
  /** Steps found in the ledger again although they were not in flight at any kill. */
  readonly repeatedWithoutKill: readonly string[];
}

/** Starts a run and keeps a worker process alive until it has ended. */
async function runOnce(
  base: string,
  act: (life: RunningLife) => Promise<"kill" | undefined | void>,
): Promise<Outcome> {
  const address = isOnRedis ? await emptyAddress(base) : `${base}.db`;
  const ledgerFile = `${base}.ledger`;
  writeFileSync(ledgerFile, "");
  const store = openStoreAt(address);
  const stream = createStreamReader(store);
  const repeatedAfterCompletion: string[] = [];
  const repeatedWithoutKill: string[] = [];
  const inFlight = new Set<string>();
  let child = startWorker(address, ledgerFile);
  try {
    const client = createStoreClient(store);
    await until(async () => (await client.workflows()).length > 0);
    const { run } = await client.start("ledger", { length: 60 });
    stream.follow(run.runId);
    for (;;) {
      const linesBefore = ledgerLines(ledgerFile).length;
      const completedBefore = new Set(stream.completed());
      const seenBefore = new Set(ledgerLines(ledgerFile));
      const decision = await Promise.race([act(stream), stream.ended.then(() => undefined)]);
      if (decision === "kill") {
        child.kill("SIGKILL");
        await once(child, "exit");
      } else await stream.ended;
      await stream.catchUp();
      for (const step of ledgerLines(ledgerFile).slice(linesBefore)) {
        if (completedBefore.has(step)) repeatedAfterCompletion.push(step);
        if (seenBefore.has(step) && !inFlight.has(step)) repeatedWithoutKill.push(step);
      }
      inFlight.clear();
      for (const step of ledgerLines(ledgerFile)) if (!stream.completed().has(step)) inFlight.add(step);
      if (decision !== "kill" || stream.hasEnded()) break;
      child = startWorker(address, ledgerFile);
    }
    const view = await client.view(run.runId);
    return {
      status: view.error === null ? view.status : `${view.status}: ${view.error.message}`,
      output: view.output,
      steps: new Set(
        Object.values(view.steps)
          .filter((step) => step.status === "completed")
          .map((step) => `${step.name} ${step.place.join(".")}`),
      ),
      repeatedAfterCompletion,
      repeatedWithoutKill,
    };
  } finally {
    child.kill("SIGKILL");
    stream.stop();
    await store.close();
  }
}

function startWorker(...given: string[]): ChildProcess {
  const options = { stdio: ["ignore", "ignore", "inherit"] as ["ignore", "ignore", "inherit"] };
  return spawn(process.execPath, ["--conditions=alder-source", "--import", "tsx", PROGRAM, ...given], {
    ...options,
    env: { ...process.env, NODE_ENV: "production" },
  });
}

/** Ids of steps in the order they were executed; a failing attempt that is repeated has its own line for each try. */
function ledgerLines(file: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.includes(" Flaky "))
    .map((line) => line.slice(line.indexOf(":") + 1, line.indexOf(" ")));
}

/** Follows the stream as a reader would: what it has seen completed, must never be executed again. */
function createStreamReader(store: Store) {
  const done = new Set<string>();
  let cursor = START;
  let runId = "";
  let over = false;
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const take = (event: RunEvent): void => {
    cursor = parseCursor(toCursor(event));
    if (event.type === "step.completed" || event.type === "step.failed") done.add(event.step);
    if (event.type === "run.completed" || event.type === "run.failed" || event.type === "run.cancelled") {
      over = true;
      end();
    }
  };
  const catchUp = async (): Promise<void> => {
    for (;;) {
      const page = await store.readEvents(runId, cursor, 500);
      if (page.outcome !== "events") throw new Error(page.outcome);
      for (const event of page.events) take(event);
      if (page.atTail) return;
    }
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    ended,
    catchUp,
    completed: (): ReadonlySet<string> => done,
    hasEnded: () => over,
    follow(id: string) {
      runId = id;
      timer = setInterval(() => void catchUp(), 5);
    },
    stop: () => clearInterval(timer),
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10);
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
