/** Limits of all workers together: what one has, the others wait for, and what one meets, all know. */
import type { StoreClient } from "@alder/core/client";
import { stepsOf, type RunView } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { component, RetryAfterError, workflow, type Json } from "@alder/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDeferred, type Deferred } from "../engine/harness.ts";
import { createWorkerScene } from "./scene.ts";

interface Held {
  readonly v: number;
  readonly end: Deferred<void>;
}

const scene = createWorkerScene({ graceMs: 1000 });
const { startWorker, until } = scene;
let store: Store;
let client: StoreClient;
let held: Held[];
let onHeld: () => void;
beforeEach(() => {
  ({ store, client } = scene);
  [held, onHeld] = [[], () => {}];
});
afterEach(() => {
  for (const { end } of held) end.resolve();
});

const slots = { key: "slots", concurrency: 2 } as const;
const Hold = component("Hold", async ({ v }: { v: number }, step) => {
  const end = createDeferred();
  step.signal.addEventListener("abort", () => end.reject(step.signal.reason));
  held.push({ v, end });
  onHeld();
  await end.promise;
  return v;
}).limit(slots);
const Holds = workflow("holds", async ({ v }: { v: number }) => Hold.run({ v }));

async function start(name: string, input: Json, tenant?: string): Promise<string> {
  const { run } = await client.start(name, input, tenant === undefined ? {} : { tenant });
  return run.runId;
}

async function untilHeld(count: number): Promise<void> {
  while (held.length < count) await new Promise<void>((resolve) => (onHeld = resolve));
}

const isWaiting = (view: RunView): boolean => stepsOf(view).some(({ status }) => status === "waiting");

test("two workers execute as many steps at once as the limit says, and not one more", async () => {
  await startWorker([Holds]);
  await startWorker([Holds]);
  const runs: string[] = [];
  for (let v = 0; v < 12; v++) runs.push(await start("holds", { v }));
  for (let ended = 0; ended < 12; ended++) {
    await untilHeld(Math.min(ended + 2, 12));
    expect((await store.readLimit("slots"))?.slots).toBeLessThanOrEqual(2);
    expect(held.length - ended).toBe(Math.min(12 - ended, 2));
    held[ended]!.end.resolve();
  }
  for (const [v, runId] of runs.entries())
    expect(await client.waitForEnd(runId)).toMatchObject({ status: "completed", output: v });
  expect(new Set(held.map(({ v }) => v)).size).toBe(12);
});

test("a step that waits says so in the stream, with its place, and goes on when it is its turn", async () => {
  await startWorker([Holds]);
  for (let v = 0; v < 2; v++) await start("holds", { v });
  await untilHeld(2);
  const third = await start("holds", { v: 2 });
  const view = await until(third, isWaiting);
  expect(stepsOf(view, "Hold")).toMatchObject([
    {
      status: "waiting",
      message: 'Next in line for "slots"',
      waiting: { limit: "slots", reason: "concurrency", until: null, ahead: 0 },
    },
  ]);
  held[0]!.end.resolve();
  await untilHeld(3);
  held[2]!.end.resolve();
  expect(await client.waitForEnd(third)).toMatchObject({ output: 2 });
});

test("a worker that is stopped gives permits and places back at once", async () => {
  const first = await startWorker([Holds], { graceMs: 20 });
  for (let v = 0; v < 3; v++) await start("holds", { v });
  await untilHeld(2);
  await first.stop();
  expect(await store.readLimit("slots")).toMatchObject({ slots: 0, waiting: 0 });
});

test("a cancelled run gives back what it has", async () => {
  await startWorker([Holds]);
  const runId = await start("holds", { v: 0 });
  await untilHeld(1);
  await client.cancel(runId);
  await client.waitForEnd(runId);
  await startWorker([Holds]);
  for (let v = 1; v < 3; v++) await start("holds", { v });
  await untilHeld(3);
  expect(held.map(({ v }) => v)).toEqual([0, 1, 2]);
});

test("a tenant with one step is not behind all of another's", async () => {
  await startWorker([Holds]);
  for (let v = 0; v < 2; v++) await start("holds", { v }, "many");
  await untilHeld(2);
  for (let v = 2; v < 8; v++) await until(await start("holds", { v }, "many"), isWaiting);
  await until(await start("holds", { v: 100 }, "one"), isWaiting);
  for (let ended = 0; ended < 2; ended++) {
    held[ended]!.end.resolve();
    await untilHeld(ended + 3);
  }
  expect(held.map(({ v }) => v)).toContain(100);
});

test("a Retry-After that one worker meets parks the runs of all until it is over", async () => {
  const PAUSE_MS = 1500;
  const pausing = { key: "pausing", concurrency: 10 } as const;
  const Refused = component("Refused", async (): Promise<null> => {
    throw new RetryAfterError("busy", PAUSE_MS);
  }).limit(pausing);
  const Waits = component("Waits", async () => Date.now()).limit(pausing);
  const Meets = workflow("meets", async () => Refused.run());
  const After = workflow("after", async () => Waits.run());
  await startWorker([Meets]);
  await startWorker([After]);
  await client.waitForEnd(await start("meets", {}));
  const state = await store.readLimit("pausing");
  const pausedUntil = state?.pausedUntil ?? 0;
  expect(pausedUntil - (await store.now())).toBeGreaterThan(PAUSE_MS / 2);
  const runId = await start("after", {});
  const view = await until(runId, ({ status }) => status === "waiting");
  // It is back a second before its turn, to be there for it, if that is to come; then it waits for the turn itself.
  expect([pausedUntil - 1000, pausedUntil]).toContain(view.waitingUntil);
  expect(stepsOf(view, "Waits")).toMatchObject([{ message: '"pausing" is paused' }]);
  const ended = await client.waitForEnd(runId);
  expect(ended.status).toBe("completed");
  expect(ended.output).toBeGreaterThanOrEqual(pausedUntil - 50);
});

test("a provider that is ill is left alone by all workers", async () => {
  const breaker = { failures: 3, within: "1m", open: "1m" } as const;
  let asked = 0;
  const Ask = component("Ask", async (): Promise<null> => {
    asked++;
    throw Object.assign(new Error("down"), { code: "ECONNREFUSED" });
  })
    .limit({ key: "ill", breaker })
    .retry({ attempts: 50, initial: 1, backoff: "constant" });
  const Asks = workflow("asks", async () => Ask.run());
  await startWorker([Asks]);
  await startWorker([Asks]);
  const runs = await Promise.all(Array.from({ length: 6 }, () => start("asks", {})));
  for (const runId of runs) {
    const { status, error } = await client.waitForEnd(runId);
    expect([status, error?.code]).toEqual(["failed", "circuit_open"]);
  }
  // What had its permit before the third failure was known goes on: as many as there are runs at most.
  expect(asked).toBeLessThanOrEqual(3 + runs.length);
  expect(await store.readLimit("ill")).toMatchObject({ breaker: "open" });
});
