import type { Store } from "@alder/core/store";
import { START } from "@alder/core/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SqlDatabase } from "../../../src/store/sqlite/driver.ts";
import { createFolder, message, openDatabase, openStoreOn, own, type Folder } from "./opened.ts";

let folder: Folder;
let database: SqlDatabase;
let store: Store;
beforeEach(() => {
  folder = createFolder();
  const path = folder.path("runs.db");
  database = openDatabase(path);
  store = openStoreOn(database, path);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

test("1. a deleted run leaves no row behind, however many it had", async () => {
  for (let runs = 0; runs < 3; runs++) await endedRun();
  const kept = await own(store);
  expect(await store.deleteEnded(0)).toBe(3);
  expect(countRows()).toEqual({
    runs: 1,
    inputs: 1,
    events: 2,
    journal: 1,
    signals: 0,
    idempotency: 0,
    deleted: 0,
  });
  expect(await store.readRun(kept.token.runId)).toBeDefined();
});

test("1. what an interrupted call left behind never shows in another run, and is deleted by the next", async () => {
  await endedRun();
  const path = folder.path("runs.db");
  const interrupted = openStoreOn(failing(openDatabase(path), /FROM deleted/), path);
  await expect(interrupted.deleteEnded(0)).rejects.toThrow("interrupted");
  await interrupted.close();
  expect(countRows()).toMatchObject({ runs: 0, deleted: 1 });
  expect(countRows().events).toBeGreaterThan(5000);
  const { token, journal } = await own(store);
  expect(journal.length).toBe(1);
  expect(await store.readEvents(token.runId, START, 10)).toMatchObject({ events: { length: 2 } });
  expect(await store.deleteEnded(0)).toBe(0);
  expect(countRows()).toMatchObject({ events: 2, deleted: 0 });
});

/** With more rows than one transaction deletes. */
async function endedRun(): Promise<void> {
  const claim = await own(store);
  const event = { type: "status", message: "a", step: null } as const;
  const records = Array.from({ length: 5_001 }, () => ({ event, entry: null }));
  await store.append({ ...message(claim, "a"), records });
  await store.sendSignal(claim.token.runId, { id: "1", name: "go", payload: null });
  await store.finish({
    ...message(claim, "b", claim.tail + records.length),
    records: [{ event: { type: "run.completed", output: null } }],
    status: "completed",
  });
}

function countRows(): Record<string, number> {
  const tables = ["runs", "inputs", "events", "journal", "signals", "idempotency", "deleted"];
  const count = (table: string) =>
    database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"];
  return Object.fromEntries(tables.map((table) => [table, Number(count(table))]));
}

function failing(inner: SqlDatabase, pattern: RegExp): SqlDatabase {
  return {
    ...inner,
    prepare(sql) {
      if (pattern.test(sql)) throw new Error("interrupted");
      return inner.prepare(sql);
    },
  };
}
