import { AlderError } from "../errors/alder-error.ts";
import { toJson } from "../internal/canonical-json.ts";
import { START, toCursor } from "../protocol/cursor.ts";
import type { Json } from "../protocol/json.ts";
import type { Store } from "../store/store.ts";
import { askStore } from "./ask-store.ts";
import { toGiven } from "./check-start.ts";
import { toFingerprint } from "./fingerprint.ts";
import { followRun } from "./follow.ts";
import {
  runCompleted,
  runEnded,
  runNotBlocked,
  runUnfinished,
  unknownRun,
  unknownWorkflow,
} from "./refusals.ts";
import { createManifests } from "./manifests.ts";
import { readPage } from "./read-page.ts";
import { findReceiver } from "./receiver.ts";
import { Tails } from "./run-tail.ts";
import type { StartedRun, StartOptions, StoreClient } from "./store-client.ts";
import { createViewCache } from "./view-cache.ts";
import { waitForEnd } from "./wait-for-end.ts";

export interface StoreClientOptions {
  /** How many folded views are kept, so that a repeated `view` folds only what is new; 100 where absent. */
  readonly cachedViews?: number;
  /** How many characters of text these have together; 64 Mi where absent. */
  readonly cachedCharacters?: number;
  /** The largest view, in characters of text; 32 Mi where absent. */
  readonly viewLimitCharacters?: number;
}

const MEBI = 1024 * 1024;

/**
 * The operations of the API plane on a store. Needs no workflow code: workflows are known by their manifests.
 *
 * @example
 * const client = createStoreClient(store);
 * const { run } = await client.start("article", { topic: "alders" });
 * const view = await client.waitForEnd(run.runId, { timeoutMs: 60_000 });
 */
export function createStoreClient(store: Store, options: StoreClientOptions = {}): StoreClient {
  const view = createViewCache(store, {
    views: options.cachedViews ?? 100,
    characters: options.cachedCharacters ?? 64 * MEBI,
    viewCharacters: options.viewLimitCharacters ?? 32 * MEBI,
  });

  const tails = new Tails(store);
  const manifests = createManifests(store);

  const client: StoreClient = {
    view,

    workflows: manifests.all,

    async workflow(name) {
      const found = await manifests.find(name);
      if (!found) throw unknownWorkflow(name, await manifests.all());
      return found;
    },

    workers: () => askStore(() => store.listWorkers()),

    async start(workflow, input, startOptions = {}) {
      return await start(store, await client.workflow(workflow), input, startOptions);
    },

    async run(runId) {
      const run = await askStore(() => store.readRun(runId));
      if (!run) throw unknownRun(runId);
      return run;
    },

    list: (query) => askStore(() => store.listRuns(query)),

    async read(runId, after, limit) {
      const { events, status, atTail } = await readPage(store, runId, after, limit);
      return { events, status, atTail, cursor: toCursor(events.at(-1) ?? after ?? START) };
    },

    follow: (runId, followOptions) => followRun(tails, runId, followOptions),

    waitForEnd: (runId, waitOptions = {}) => waitForEnd(store, runId, view, waitOptions),

    receiver: (runId, signal, signalOptions = {}) =>
      findReceiver(store, client, { ...signalOptions, runId, name: signal }),

    async signal(runId, name, payload, signalOptions = {}) {
      await client.receiver(runId, name, signalOptions);
      const { id = crypto.randomUUID(), input } = signalOptions;
      const json = toJson(payload, `The payload of signal "${name}"`);
      const signal = { id, name, payload: json, ...(input === undefined ? {} : { input }) };
      const outcome = await askStore(() => store.sendSignal(runId, signal));
      if (outcome === "unknown_run") throw unknownRun(runId);
      if (outcome === "ended") throw runEnded(await client.run(runId));
      return { id, isDuplicate: outcome === "duplicate" };
    },

    async cancel(runId) {
      const outcome = await askStore(() => store.requestCancel(runId));
      if (outcome === "unknown_run") throw unknownRun(runId);
      if (outcome === "ended") throw runEnded(await client.run(runId));
      return outcome === "cancelled" ? "cancelled" : "cancelling";
    },

    async accept(runId) {
      const outcome = await askStore(() => store.acceptRun(runId));
      if (outcome === "unknown_run") throw unknownRun(runId);
      if (outcome === "not_blocked") throw runNotBlocked(await client.run(runId));
    },

    async retry(runId) {
      const outcome = await askStore(() => store.retryRun(runId));
      if (outcome === "unknown_run") throw unknownRun(runId);
      if (outcome === "completed") throw runCompleted(runId);
      if (outcome === "unfinished") throw runUnfinished(await client.run(runId));
    },

    clearCache: (filter) => askStore(() => store.clearCache(filter)),

    ping: () => askStore(() => store.ping()),
  };
  return client;
}

async function start(
  store: Store,
  manifest: { readonly name: string; readonly queue: string },
  input: Json,
  options: StartOptions,
): Promise<StartedRun> {
  const { idempotencyKey: key } = options;
  const json = toJson(input, `The input of workflow "${manifest.name}"`);
  const request = {
    workflow: manifest.name,
    queue: manifest.queue,
    input: json,
    ...toGiven(options, manifest.name),
  };
  const idempotency =
    key === undefined ? {} : { idempotency: { key, fingerprint: await toFingerprint(json) } };
  const result = await askStore(() => store.createRun({ ...request, ...idempotency }));
  if (result.outcome === "conflict") {
    throw new AlderError(
      "idempotency_conflict",
      `The idempotency key "${key}" was used to start run "${result.runId}" of "${manifest.name}" with another input. ` +
        "Use a new key for a new input; repeat the same input to get the same run.",
      { details: { runId: result.runId } },
    );
  }
  return { run: result.run, isNew: result.outcome === "created" };
}
