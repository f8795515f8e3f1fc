import { setTimeout as pause } from "node:timers/promises";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFolder, message, own, type Folder } from "./opened.ts";

let folder: Folder;
let store: Store;
/** As another process has the file. */
let other: Store;
beforeEach(() => {
  folder = createFolder();
  const path = folder.path("runs.db");
  store = createSqliteStore({ path });
  other = createSqliteStore({ path });
});
afterEach(async () => {
  await store.close();
  await other.close();
  folder.remove();
});

test("3. only who watches a run that changed is called, and the queues only for work", async () => {
  const busy = await own(other);
  const idle = await own(other);
  const calls: string[] = [];
  store.watchRun(busy.token.runId, () => calls.push("busy"));
  store.watchRun(idle.token.runId, () => calls.push("idle"));
  store.watchQueues(() => calls.push("queues"));
  // Both may be told once of what was before they watched.
  await other.append(message(busy, "0"));
  while (!calls.includes("busy")) await pause(1);
  await pause(60);
  calls.length = 0;
  for (let index = 1; index <= 3; index++) {
    await other.append(message(busy, `${index}`, busy.tail + index));
    const before = calls.length;
    while (calls.length === before) await pause(1);
  }
  expect(new Set(calls)).toEqual(new Set(["busy"]));
  await other.createRun({ workflow: "article", queue: "default", input: {} });
  while (!calls.includes("queues")) await pause(1);
  calls.length = 0;
  for (let index = 4; index <= 6; index++) {
    await other.append(message(busy, `${index}`, busy.tail + index));
    const before = calls.length;
    while (calls.length === before) await pause(1);
  }
  expect(new Set(calls)).toEqual(new Set(["busy"]));
});

test("1. asks only while somebody watches, and begins anew", async () => {
  const claim = await own(other);
  let calls = 0;
  for (let round = 0; round < 3; round++) {
    const leave = store.watchRun(claim.token.runId, () => calls++);
    const before = calls;
    await other.append(message(claim, "a", claim.tail + round));
    while (calls === before) await pause(1);
    leave();
  }
  const before = calls;
  await other.append(message(claim, "a", claim.tail + 3));
  await pause(60);
  expect(calls).toBe(before);
});

test("a run that is deleted while it is watched is a change", async () => {
  const { token } = await own(other);
  await other.finish({
    token,
    after: 2,
    records: [{ event: { type: "run.completed", output: null } }],
    progress: true,
    status: "completed",
  });
  let calls = 0;
  store.watchRun(token.runId, () => calls++);
  await other.ping();
  while (calls === 0) await pause(1);
  await pause(60);
  const before = calls;
  await other.deleteEnded(0);
  while (calls === before) await pause(1);
  expect(await store.readRun(token.runId)).toBeUndefined();
});
