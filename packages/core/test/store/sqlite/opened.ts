/** A store on a file of its own, with a hand on its connection. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Claim, Store } from "@alder/core/store";
import type { SqliteStoreOptions } from "@alder/core/sqlite";
import { createStoreOn } from "../../../src/store/sqlite/create-sqlite-store.ts";
import type { SqlDatabase } from "../../../src/store/sqlite/driver.ts";
import { openFile } from "../../../src/store/sqlite/open-file.ts";

export interface Folder {
  /** A path in it. */
  path(name: string): string;
  remove(): void;
}

export function createFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), "alder-sqlite-"));
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The connection as it is, to be disturbed by the test. */
export function openDatabase(path: string, driver?: "node" | "libsql"): SqlDatabase {
  return openFile({ path, isMachineSafe: false, driver });
}

export function openStoreOn(
  database: SqlDatabase,
  path: string,
  options: Partial<SqliteStoreOptions> = {},
): Store {
  return createStoreOn(database, { path, ...options });
}

/** A run with an owner. */
export async function own(store: Store): Promise<Claim> {
  await store.createRun({ workflow: "article", queue: "default", input: {} });
  const request = { worker: "w", queues: ["default"], limit: 1, leaseMs: 600_000, idle: true };
  const { claims } = await store.claim(request);
  return claims[0]!;
}

/** An append of one message after the event `after`. */
export function message(claim: Claim, text: string, after = claim.tail) {
  const event = { type: "status", message: text, step: null } as const;
  return { token: claim.token, after, records: [{ event }], progress: false };
}
