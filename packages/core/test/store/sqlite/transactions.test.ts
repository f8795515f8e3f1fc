import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SqlDatabase } from "../../../src/store/sqlite/driver.ts";
import { createFolder, message, openDatabase, openStoreOn, own, type Folder } from "./opened.ts";

let folder: Folder;
let database: SqlDatabase;
let store: Store;
/** How many transactions that write were begun. */
let begun: number;
/** How long a transaction takes is what these tests say: on a busy machine even one write may take longer than all should. */
let nowMs: number;
beforeEach(() => {
  nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  folder = createFolder();
  const path = folder.path("runs.db");
  database = openDatabase(path);
  begun = 0;
  const exec = (sql: string): void => {
    if (sql === "BEGIN IMMEDIATE") begun++;
    database.exec(sql);
  };
  store = openStoreOn({ ...database, exec }, path);
});
afterEach(async () => {
  await store.close();
  vi.restoreAllMocks();
  folder.remove();
});

const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };

test("1. what is asked for in one turn shares a transaction", async () => {
  const claims = [await own(store), await own(store), await own(store)];
  begun = 0;
  await Promise.all(claims.map((claim) => store.append(message(claim, "a"))));
  expect(begun).toBe(1);
});

test("1. what takes long does not, so that others find the lock free", async () => {
  const claims = [await own(store), await own(store), await own(store)];
  begun = 0;
  vi.mocked(performance.now).mockImplementation(() => (nowMs += 5));
  await Promise.all(claims.map((claim) => store.append(message(claim, "a"))));
  expect(begun).toBe(3);
});

test("1. the urgent go first, however much waits", async () => {
  const claim = await own(store);
  const order: string[] = [];
  const appends = Array.from({ length: 300 }, (_, index) =>
    store.append(message(claim, "a", claim.tail + index)).then(() => order.push("append")),
  );
  const beat = store
    .heartbeat({ worker, tokens: [claim.token], leaseMs: 1000 })
    .then(() => order.push("beat"));
  await Promise.all([...appends, beat]);
  // Within the first transaction: what shares it is answered together.
  expect(order.indexOf("beat")).toBeLessThan(64);
  expect(begun).toBeGreaterThan(4);
});

test("1. appends are kept in the order they were asked for", async () => {
  const claim = await own(store);
  const appends = Array.from({ length: 300 }, (_, index) =>
    store.append(message(claim, `${index}`, claim.tail + index)),
  );
  const outcomes = (await Promise.all(appends)).map(({ outcome }) => outcome);
  expect(new Set(outcomes)).toEqual(new Set(["written"]));
});

test("3. the event loop turns between transactions", async () => {
  const claim = await own(store);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  for (let index = 0; index < 20; index++) await store.append(message(claim, "a", claim.tail + index));
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(19);
});

test("4. of those that share a transaction one fails by itself", async () => {
  const claims = [await own(store), await own(store), await own(store)] as const;
  const { page_count: pages } = database.prepare("PRAGMA page_count").get()!;
  database.exec(`PRAGMA max_page_count = ${String(pages)}`);
  begun = 0;
  const results = await Promise.allSettled([
    store.append(message(claims[0], "small")),
    store.append(message(claims[1], "x".repeat(100_000))),
    store.append(message(claims[2], "small")),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const tails = await Promise.all(
    claims.map(async ({ token }) => (await store.readRun(token.runId))?.tail.seq),
  );
  expect(tails).toEqual([3, 2, 3]);
  // Together, then each that was tried by itself, and the one that was not.
  expect(begun).toBe(4);
});
