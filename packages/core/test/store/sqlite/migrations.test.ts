// A file that an earlier Alder wrote is opened and goes on, with all that is in it.
import { createSqliteStore } from "@alder/core/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWithLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../../src/store/sqlite/schema.ts";
import { drivers } from "../drivers.ts";
import { createFolder, type Folder } from "./opened.ts";

/** The last version without tenants, and the last one without lines of them. */
const BEFORE_TENANTS = 3;
const BEFORE_LINES = 6;

let folder: Folder;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

/** A file of a version, in which two runs are ready. */
function writeFile(version: number): string {
  const path = folder.path("runs.db");
  const database = openWithLibsql(path);
  database.exec("PRAGMA journal_mode = WAL");
  for (const migration of MIGRATIONS.slice(0, BEFORE_TENANTS)) database.exec(migration);
  for (const number of [1, 2]) {
    database.exec(`
      INSERT INTO runs (run_id, workflow, queue, created_at, updated_at, status, phase, tail_seq, tail_fence, fence,
        execution, recoveries, was_lost, cancel_requested, signals)
      VALUES ('run-${number}', 'article', 'default', 1, 1, 'queued', 'ready', 1, 0, 0, 0, 0, 0, 0, 0);
      INSERT INTO inputs (run, input, salt) VALUES (${number}, '{"n":${number}}', 'salt');
      INSERT INTO events (run, seq, fence, at, body) VALUES (${number}, 1, 0, 1,
        '{"type":"run.queued","workflow":"article","input":{"n":${number}},"reason":"started"}');
      INSERT INTO idempotency (workflow, key, fingerprint, run_id) VALUES ('article', 'key-${number}', 'f', 'run-${number}');
    `);
  }
  for (const migration of MIGRATIONS.slice(BEFORE_TENANTS, version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${version}; PRAGMA application_id = ${APPLICATION_ID}`);
  database.close();
  return path;
}

test.each(drivers)("a file without tenants, on %s", async (driver) => {
  const store = createSqliteStore({ path: writeFile(BEFORE_TENANTS), driver });
  const request = { workflow: "article", queue: "default", input: {} };
  const idempotency = { key: "key-1", fingerprint: "f" };
  expect(await store.createRun({ ...request, idempotency })).toMatchObject({
    outcome: "existing",
    run: { runId: "run-1", tenant: null },
  });
  expect(await store.createRun({ ...request, idempotency, tenant: "acme" })).toMatchObject({
    outcome: "created",
    run: { tenant: "acme" },
  });
  const asked = { worker: "w", queues: ["default"], limit: 10, leaseMs: 1000, idle: true };
  const { claims } = await store.claim(asked);
  expect(claims.map(({ token, tenant, input }) => [token.runId, tenant, input])).toEqual([
    ["run-1", null, { n: 1 }],
    [expect.any(String), "acme", {}],
    ["run-2", null, { n: 2 }],
  ]);
  await store.close();
});

test.each(drivers)("a file with tenants that stand in no line, on %s", async (driver) => {
  const path = writeFile(BEFORE_LINES);
  const database = openWithLibsql(path);
  database.exec("UPDATE runs SET tenant = 'acme' WHERE number = 2");
  database.close();
  const store = createSqliteStore({ path, driver });
  await store.createRun({ workflow: "article", queue: "default", input: {}, priority: 1 });
  const asked = { worker: "w", queues: ["default"], limit: 10, leaseMs: 1000, idle: true };
  const { claims } = await store.claim(asked);
  expect(claims.map(({ tenant, input }) => [tenant, input])).toEqual([
    [null, {}],
    [null, { n: 1 }],
    ["acme", { n: 2 }],
  ]);
  await store.close();
});
