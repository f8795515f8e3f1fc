/** Where the processes of a test meet: in a file of their own, or in a Redis of their own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { START, type RunEvent } from "@alder/core/protocol";
import { createRedisStore } from "@alder/core/redis";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";
import { expect } from "vitest";
import { startRedis } from "../../../core/test/store/redis/redis-server.ts";

export const kinds = ["a file", "Redis"] as const;

export interface Place {
  /** The options of a command that name it. */
  readonly given: readonly string[];
  readonly store: Store;
  readonly client: StoreClient;
  /** A file for what happens outside. */
  readonly ledgerFile: string;
  events(runId: string): Promise<readonly RunEvent[]>;
  close(): Promise<void>;
}

export async function openPlace(kind: (typeof kinds)[number]): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "alder-cli-"));
  const path = join(folder, "runs.db");
  const server = kind === "Redis" ? await startRedis() : undefined;
  const store = server === undefined ? createSqliteStore({ path }) : createRedisStore({ url: server.url });
  return {
    given: server === undefined ? ["--store", path] : ["--redis", server.url],
    store,
    client: createStoreClient(store),
    ledgerFile: join(folder, "ledger"),
    async events(runId) {
      const page = await store.readEvents(runId, START, 100_000);
      if (page.outcome !== "events") throw new Error(`there is no run ${runId}`);
      return page.events;
    },
    async close() {
      await store.close();
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whole: no gap, no repeat, one end. */
export function expectWhole(events: readonly RunEvent[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const ends = events.filter(({ type }) => /^run\.(completed|failed|cancelled)$/.test(type));
  expect(ends).toEqual([events.at(-1)]);
}

/** How often each step was executed, by its idempotency key. */
export function readLedger(file: string): ReadonlyMap<string, number> {
  const executions = new Map<string, number>();
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
    const [, key = ""] = line.split(" ");
    executions.set(key, (executions.get(key) ?? 0) + 1);
  }
  return executions;
}
