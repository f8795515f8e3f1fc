/**
 * One API over one store: all in memory, or a file and a socket; or, with `ALDER_TEST_STORE=redis`, with and without a
 * socket over Redis. What holds for one must hold for the others.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";
import { createApp, serve, type AppOptions, type Problem } from "@alder/server";
import { expect } from "vitest";
import {
  articleManifest,
  createHandWorker,
  createWatchedStore,
  type HandRun,
  type HandWorker,
} from "../../core/test/client/hand-worker.ts";
import { isOnRedis, openForOther, openTestStore } from "../../core/test/store/open-test-store.ts";

export type Transport = "in memory" | "over a socket";
export const transports: readonly Transport[] = ["in memory", "over a socket"];

export interface Api {
  readonly store: Store;
  readonly worker: HandWorker;
  /** Empty in memory. */
  readonly url: string;
  /** How many watches are set on runs. */
  readonly watches: () => number;
  request(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Starts a run and takes it. */
  run(topic?: string): Promise<HandRun>;
  close(): Promise<void>;
}

export async function createApi(transport: Transport, options: Partial<AppOptions> = {}): Promise<Api> {
  const folder = transport === "over a socket" ? mkdtempSync(join(tmpdir(), "alder-server-")) : undefined;
  const isInFile = folder !== undefined && !isOnRedis;
  const inner = isInFile ? createSqliteStore({ path: join(folder, "runs.db") }) : await openTestStore();
  const { store, watches } = createWatchedStore(options.store ?? inner);
  await store.publishManifests([articleManifest]);
  const worker = createHandWorker(isOnRedis ? await openForOther(options.store ?? inner) : store);
  await worker.appear();

  const settings = { onError: () => {}, ...options, store };
  const server = transport === "over a socket" ? await serve({ ...settings, port: 0 }) : undefined;
  const app = server?.app ?? createApp(settings);
  const url = server?.url ?? "";

  const request = async (path: string, init?: RequestInit): Promise<Response> =>
    server ? await fetch(url + path, init) : await app.request(path, init);
  const post: Api["post"] = (path, body, headers = {}) =>
    request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  return {
    store,
    worker,
    url,
    watches,
    request,
    post,
    run: async (topic = "alders") => {
      const response = await post("/workflows/article/runs", { topic });
      expect(response.status).toBe(202);
      await response.body?.cancel();
      return await worker.take();
    },
    close: async () => {
      await server?.close({ graceMs: 1000 });
      await store.close();
      if (folder) rmSync(folder, { recursive: true });
    },
  };
}

/** The problem a response tells of, checked for its form. */
export async function problemOf(answer: Response | Promise<Response>): Promise<Problem> {
  const response = await answer;
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  expect(problem.type).toMatch(new RegExp(`/errors/${problem.code}$`));
  expect(problem.title).not.toBe("");
  expect(JSON.stringify(problem)).not.toMatch(/\\n\s+at /);
  return problem;
}
