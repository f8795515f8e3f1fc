import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RunNews } from "@alder/core/store";
import { Watchers } from "../../src/store/watchers.ts";

test("1. many changes of one turn are one call, which comes later", async () => {
  const watchers = new Watchers();
  let calls = 0;
  watchers.watchRun("run", () => calls++);
  for (let change = 0; change < 10; change++) watchers.runChanged("run", "events");
  watchers.runChanged("another run", "events");
  expect(calls).toBe(0);
  await turn();
  await turn();
  expect(calls).toBe(1);
});

test("1. the call says `events` only if nothing else has changed in the turn", async () => {
  const watchers = new Watchers();
  const told: RunNews[] = [];
  watchers.watchRun("run", (news) => told.push(news));
  for (const turnOf of [
    ["events", "events"],
    ["events", "anything"],
    ["anything", "events"],
  ] as const) {
    for (const news of turnOf) watchers.runChanged("run", news);
    await turn();
    await turn();
  }
  expect(told).toEqual(["events", "anything", "anything"]);
});

test("2. one that throws keeps no other from being called", async () => {
  const thrown: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
  try {
    const watchers = new Watchers();
    const error = new Error("mine");
    let calls = 0;
    watchers.watchQueues(() => {
      throw error;
    });
    watchers.watchQueues(() => calls++);
    watchers.queuesChanged();
    await turn();
    await turn();
    expect([thrown, calls]).toEqual([[error], 1]);
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
});

test("3. whoever leaves between the change and the call is not called", async () => {
  const watchers = new Watchers();
  let calls = 0;
  const leave = watchers.watchRun("run", () => calls++);
  watchers.runChanged("run", "events");
  leave();
  await turn();
  await turn();
  expect(calls).toBe(0);
});

test("demand begins with the first watcher and ends with the last", () => {
  const demand: boolean[] = [];
  const watchers = new Watchers((isWatched) => demand.push(isWatched));
  const leaveRun = watchers.watchRun("run", () => {});
  const leaveQueues = watchers.watchQueues(() => {});
  leaveRun();
  expect(demand).toEqual([true]);
  leaveQueues();
  leaveQueues();
  expect(demand).toEqual([true, false]);
  watchers.watchRun("run", () => {});
  watchers.clear();
  expect(demand).toEqual([true, false, true, false]);
  expect([...watchers.watchedRuns()]).toEqual([]);
});

test("the same callback given twice is two watchers", async () => {
  const watchers = new Watchers();
  let calls = 0;
  const onChange = (): void => void calls++;
  const leave = watchers.watchRun("run", onChange);
  watchers.watchRun("run", onChange);
  leave();
  watchers.runChanged("run", "events");
  await turn();
  await turn();
  expect(calls).toBe(1);
});
