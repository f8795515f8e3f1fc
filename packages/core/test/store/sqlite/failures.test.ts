import { setImmediate as turn } from "node:timers/promises";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SqlDatabase } from "../../../src/store/sqlite/driver.ts";
import { drivers } from "../drivers.ts";
import { createFolder, message, openDatabase, openStoreOn, own, type Folder } from "./opened.ts";

describe.each(drivers)("a write that fails changes nothing and can be made again, on %s", (driver) => {
  let folder: Folder;
  let path: string;
  let database: SqlDatabase;
  let store: Store;
  beforeEach(() => {
    folder = createFolder();
    path = folder.path("runs.db");
    database = openDatabase(path, driver);
    store = openStoreOn(database, path, { lockTimeoutMs: 50 });
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  test("while the disk is full", async () => {
    const claim = await own(store);
    const { page_count: pages } = database.prepare("PRAGMA page_count").get()!;
    database.exec(`PRAGMA max_page_count = ${String(pages)}`);
    const input = message(claim, "x".repeat(100_000));
    await expect(store.append(input)).rejects.toMatchObject({
      code: "store_full",
      message: expect.stringContaining(path),
      details: { path },
    });
    // What needs no room goes on: the run is not lost for it.
    const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };
    const beat = { worker, tokens: [claim.token], leaseMs: 1000 };
    expect((await store.heartbeat(beat)).lost).toEqual([]);
    expect(await store.readRun(claim.token.runId)).toMatchObject({ tail: { seq: 2 } });
    database.exec("PRAGMA max_page_count = 1000000");
    expect(await store.append(input)).toMatchObject({ outcome: "written" });
    expect(await store.readRun(claim.token.runId)).toMatchObject({ tail: { seq: 3 } });
  });

  test("while the file must not be written", async () => {
    const claim = await own(store);
    database.exec("PRAGMA query_only = 1");
    await expect(store.append(message(claim, "a"))).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("cannot be written"),
    });
    await expect(store.ping()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await store.readRun(claim.token.runId)).toMatchObject({ tail: { seq: 2 } });
    database.exec("PRAGMA query_only = 0");
    expect(await store.append(message(claim, "a"))).toMatchObject({ outcome: "written" });
    await store.ping();
  });

  test("2. while another has the lock: the event loop turns meanwhile", async () => {
    const claim = await own(store);
    const other = openDatabase(path, driver);
    other.exec("BEGIN IMMEDIATE");
    let turns = 0;
    let isOver = false;
    const failed = store
      .append(message(claim, "a"))
      .catch((error: unknown) => error)
      .finally(() => (isOver = true));
    while (!isOver) {
      await turn();
      turns++;
    }
    expect(await failed).toMatchObject({ code: "store_busy", message: expect.stringContaining(path) });
    expect(turns).toBeGreaterThan(10);
    // Readers need no lock.
    expect(await store.readRun(claim.token.runId)).toMatchObject({ tail: { seq: 2 } });
    other.exec("COMMIT");
    other.close();
    expect(await store.append(message(claim, "a"))).toMatchObject({ outcome: "written" });
  });

  test("2. a lock that is let go in time is waited for", async () => {
    const claim = await own(store);
    const other = openDatabase(path, driver);
    other.exec("BEGIN IMMEDIATE");
    const appended = store.append(message(claim, "a"));
    for (let turns = 0; turns < 5; turns++) await turn();
    other.exec("ROLLBACK");
    expect(await appended).toMatchObject({ outcome: "written" });
    other.close();
  });

  test("as its transaction has an error of ours", async () => {
    const claim = await own(store);
    const bad = { ...message(claim, "a"), token: { runId: {} as string, fence: 1 } };
    const [failed, written] = await Promise.allSettled([
      store.append(bad),
      store.append(message(claim, "a")),
    ]);
    expect([failed.status, written.status]).toEqual(["rejected", "fulfilled"]);
  });
});

describe("close", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = createFolder();
  });
  afterEach(() => folder.remove());

  test("waits for what was asked for, and takes no more", async () => {
    const path = folder.path("runs.db");
    const store = openStoreOn(openDatabase(path), path);
    const claim = await own(store);
    const appends = Array.from({ length: 200 }, (_, index) =>
      store.append(message(claim, `${index}`, claim.tail + index)),
    );
    const closed = store.close();
    await expect(store.append(message(claim, "late"))).rejects.toMatchObject({
      code: "store_closed",
      message: expect.stringContaining(path),
    });
    await expect(store.readRun(claim.token.runId)).rejects.toMatchObject({ code: "store_closed" });
    const outcomes = new Set((await Promise.all(appends)).map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(["written"]));
    await closed;
    await store.close();
  });
});
