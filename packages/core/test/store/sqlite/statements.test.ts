// What is asked of SQLite, seen at its connection: no call becomes slower as runs, events and entries gather.
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SqlDatabase } from "../../../src/store/sqlite/driver.ts";
import { createFolder, message, openDatabase, openStoreOn, own, type Folder } from "./opened.ts";

let folder: Folder;
let database: SqlDatabase;
let store: Store;
let executed: Set<string>;
beforeEach(() => {
  folder = createFolder();
  const path = folder.path("runs.db");
  database = openDatabase(path);
  executed = new Set();
  store = openStoreOn(recording(database), path);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

test("recovery reads the journal, never the events", async () => {
  const claim = await own(store);
  const entry = { event: message(claim, "a").records[0]!.event, entry: { t: "said" } };
  await store.append({ ...message(claim, "a"), records: [entry] });
  await store.release(message(claim, "b", 3));
  executed.clear();
  const request = { worker: "w", queues: ["default"], limit: 1, leaseMs: 1000, idle: true };
  const { claims } = await store.claim(request);
  expect(claims[0]?.journal.length).toBe(3);
  const statements = [...executed];
  expect(statements.filter((sql) => /FROM journal/.test(sql)).length).toBe(1);
  expect(statements.filter((sql) => /FROM events/.test(sql))).toEqual([]);
});

test("no statement reads more rows than it needs", async () => {
  await doEverything(store);
  const plans = [...executed]
    .filter((sql) => /\b(FROM|UPDATE|DELETE)\b/.test(sql) && !sql.startsWith("PRAGMA"))
    .map((sql) => ({ sql, plan: planOf(sql) }));
  expect(plans.length).toBeGreaterThan(25);
  const slow = plans.filter(({ sql, plan }) => {
    // A list without a filter is the table in its order; the small tables are read whole.
    const isList = /FROM runs\s+ORDER BY number DESC LIMIT/.test(sql);
    const isSmall = /FROM (manifests|workers|deleted)|UPDATE touched/.test(sql);
    return (
      !isList &&
      !isSmall &&
      /\bSCAN (?!CONSTANT ROW)|TEMP B-TREE/.test(plan.replaceAll(/SCAN \(subquery.*/g, ""))
    );
  });
  expect(slow).toEqual([]);
});

function recording(inner: SqlDatabase): SqlDatabase {
  return {
    ...inner,
    prepare(sql) {
      const statement = inner.prepare(sql);
      const note = <T>(result: T): T => {
        executed.add(sql);
        return result;
      };
      return {
        run: (...values) => note(statement.run(...values)),
        get: (...values) => note(statement.get(...values)),
        all: (...values) => note(statement.all(...values)),
      };
    },
  };
}

function planOf(sql: string): string {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  return rows.map(({ detail }) => String(detail)).join("\n");
}

async function doEverything(on: Store): Promise<void> {
  const idempotency = { key: "k", fingerprint: "f" };
  await on.createRun({ workflow: "article", queue: "default", input: {}, idempotency, tags: ["t"] });
  const request = { worker: "w", queues: ["default"], limit: 5, leaseMs: 1000, idle: true };
  const [claim] = (await on.claim(request)).claims;
  const { runId } = claim!.token;
  await on.append(message(claim!, "a"));
  await on.append(message(claim!, "a"));
  const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };
  await on.heartbeat({ worker, tokens: [claim!.token], leaseMs: 1000 });
  await on.sendSignal(runId, { id: "1", name: "go", payload: null });
  await on.readSignals(runId, 0);
  await on.readEvents(runId, { seq: 1, fence: 0 }, 10);
  const tenant = "acme";
  const filters = [{}, { workflow: "article" }, { status: "running" }] as const;
  const given = [{ tenant }, { tag: "t" }, { tenant, tag: "t" }, { tenant, status: "queued" }] as const;
  for (const filter of [...filters, ...given, { tag: "t", workflow: "article" }]) {
    await on.listRuns({ ...filter, limit: 1 });
    await on.listRuns({ ...filter, limit: 1, cursor: "r5" });
  }
  await on.listRuns({ workflow: "article", status: "queued", limit: 1, cursor: "r5" });
  await on.park({ ...message(claim!, "b", 3), wakeAt: 1, signalsSeen: 1 });
  await on.reap();
  await on.requestCancel(runId);
  await on.retryRun(runId);
  const [again] = (await on.claim(request)).claims;
  const event = { type: "run.blocked", message: "no", divergence: null, error: null } as const;
  await on.block({ token: again!.token, after: again!.tail, records: [{ event }], progress: false });
  await on.unblockRuns(["default"]);
  await on.acceptRun(runId);
  await on.publishManifests([]);
  await on.listManifests();
  await on.listWorkers();
  await on.forgetWorker("w");
  await on.buryWorker("w");
  await on.ping();
  await on.deleteEnded(0);
  await doWithLimits(on);
}

async function doWithLimits(on: Store): Promise<void> {
  const limit = { concurrency: 1 };
  const request = { key: "k", limit, definedAt: 1, worker: "w", leaseMs: 60_000, heard: 0 };
  const wanted = ["1", "2", "3"].map((id) => ({ id, tenant: "t", slot: id !== "3" }));
  await on.acquirePermits({ ...request, wanted });
  await on.acquirePermits({ ...request, wanted: [{ id: "4", tenant: "t", slot: true }] });
  await on.renewPermits({ worker: "w", leaseMs: 60_000, held: [{ key: "k", id: "1" }] });
  await on.readLimit("k");
  await on.pauseLimit("k", 1);
  await on.releasePermits({ key: "k", worker: "w", given: [{ id: "1", outcome: "ok" }] });
  await on.acquirePermits({ ...request, leaseMs: 0, key: "expired", wanted });
  await on.reap();
}
