/** The store interface over an implementation's transactions: which transition each method is, and whom it may wake. */
import type { Claim, ReapResult, RunToken, Store } from "./store.ts";
import type { Tables } from "./tables.ts";
import {
  clearCache,
  CLEARED_AT_ONCE,
  fillCache,
  giveUpLeads,
  readCache,
  readOrLead,
  renewLeads,
} from "./transitions/cache.ts";
import { requestCancel } from "./transitions/cancel.ts";
import { findNothing, take, withJournal } from "./transitions/claim.ts";
import { createRun, readRun, type RandomBytes } from "./transitions/create-run.ts";
import { buryWorker, heartbeat, mustReap, reap, type Reaped } from "./transitions/keep.ts";
import { append, block, finish, park, release } from "./transitions/own.ts";
import { listRuns, readEvents } from "./transitions/read.ts";
import { toBlockingRecords, toLastRecords, toRecords } from "./transitions/records.ts";
import { acceptRun, retryRun, unblockRuns } from "./transitions/reopen.ts";
import { acquire } from "./transitions/limits/acquire.ts";
import type { LimitNews } from "./transitions/limits/keep.ts";
import {
  mustSweep,
  pause,
  readLimit,
  release as releasePermits,
  renew,
  sweep,
} from "./transitions/limits/settle.ts";
import { readSignals, sendSignal } from "./transitions/signals.ts";
import type { Watchers } from "./watchers.ts";

/** `soon`: others may lose what they have when this comes late. */
export type Urgency = "soon" | "normal";

/** What an implementation brings. */
export interface StoreBackend {
  /** Executes `work` as one atomic change, alone: all of it is kept or nothing. */
  readonly transact: <T>(work: (tables: Tables) => T, urgency?: Urgency) => Promise<T>;
  /** Executes `work` on one consistent state. */
  readonly read: <T>(work: (tables: Tables) => T) => Promise<T>;
  readonly watchers: Watchers;
  readonly now: () => number;
  readonly random: RandomBytes;
  readonly close: () => Promise<void>;
}

/** How many ended runs one call deletes at most, and how many rows one transaction of it. */
export const DELETED_RUNS_LIMIT = 100;
const DELETED_ROWS_LIMIT = 2_000;

export function assembleStore(backend: StoreBackend): Store {
  const { transact, read, watchers, now } = backend;
  const runChanged = ({ runId }: RunToken): void => watchers.runChanged(runId, "anything");
  const becameReady = (runId: string): void => {
    watchers.runChanged(runId, "anything");
    watchers.queuesChanged();
  };
  const told = ({ cancelled, ...result }: Reaped): ReapResult => {
    for (const runId of cancelled) watchers.runChanged(runId, "anything");
    if (result.expired + result.due > 0) watchers.queuesChanged();
    return result;
  };
  const tellLimits = (...news: readonly LimitNews[]): void => {
    for (const { key, workers } of news) watchers.limitChanged(key, workers);
  };

  return {
    async createRun(request) {
      const result = await transact((tables) => createRun(tables, request, now(), backend.random));
      if (result.outcome === "created") becameReady(result.run.runId);
      return result;
    },
    readRun: (runId) => read((tables) => readRun(tables, runId)),
    listRuns: (query) => read((tables) => listRuns(tables, query)),
    readEvents: (runId, after, limit) => read((tables) => readEvents(tables, runId, after, limit)),

    async sendSignal(runId, signal) {
      const outcome = await transact((tables) => sendSignal(tables, runId, signal, now()));
      if (outcome === "accepted") becameReady(runId);
      return outcome;
    },
    readSignals: (runId, after) => read((tables) => readSignals(tables, runId, after)),
    async requestCancel(runId) {
      const outcome = await transact((tables) => requestCancel(tables, runId, now()), "soon");
      if (outcome === "cancelled" || outcome === "requested") watchers.runChanged(runId, "anything");
      return outcome;
    },
    async acceptRun(runId) {
      const outcome = await transact((tables) => acceptRun(tables, runId, now()));
      if (outcome === "accepted") becameReady(runId);
      return outcome;
    },
    async retryRun(runId) {
      const outcome = await transact((tables) => retryRun(tables, runId, now()));
      if (outcome === "retried") becameReady(runId);
      return outcome;
    },
    async unblockRuns(queues) {
      const count = await transact((tables) => unblockRuns(tables, queues));
      if (count > 0) watchers.queuesChanged();
      return count;
    },

    async claim(request) {
      // Workers ask all the time, mostly for nothing: that must not cost those that write.
      const nothing = await read((tables) => findNothing(tables, request));
      if (nothing) return nothing;
      const { taken, alone } = await transact((tables) => take(tables, request, now()), "soon");
      for (const { token } of taken) runChanged(token);
      const claims: Claim[] = [];
      for (const run of taken) claims.push(await read((tables) => withJournal(tables, run)));
      return { claims, alone };
    },
    async append(input) {
      const records = toRecords(input);
      const result = await transact((tables) => append(tables, input, records, now()));
      if (result.outcome === "written") watchers.runChanged(input.token.runId, "events");
      return result;
    },
    async park(input) {
      const records = toRecords(input);
      const result = await transact((tables) => park(tables, input, records, now()));
      if (result.outcome === "written") runChanged(input.token);
      return result;
    },
    async block(input) {
      const records = toBlockingRecords(input);
      const result = await transact((tables) => block(tables, input, records, now()));
      if (result.outcome === "written") runChanged(input.token);
      return result;
    },
    async finish(input) {
      const records = toLastRecords(input);
      const result = await transact((tables) => finish(tables, input, records, now()));
      if (result.outcome === "written") runChanged(input.token);
      return result;
    },
    async release(input) {
      const records = toRecords(input);
      const result = await transact((tables) => release(tables, input, records, now()));
      if (result.outcome === "written") becameReady(input.token.runId);
      return result;
    },
    async heartbeat(input) {
      const { given, cancelled, ...result } = await transact(
        (tables) => heartbeat(tables, input, now()),
        "soon",
      );
      told({ expired: given, due: 0, cancelled });
      return result;
    },
    forgetWorker: (worker) => transact((tables) => tables.deleteWorker(worker)),
    async reap() {
      if (await read((tables) => mustSweep(tables, now())))
        tellLimits(...(await transact((tables) => sweep(tables, now()), "soon")));
      if (!(await read((tables) => mustReap(tables, now())))) return { expired: 0, due: 0 };
      return told(await transact((tables) => reap(tables, now()), "soon"));
    },
    async buryWorker(worker) {
      return told(await transact((tables) => buryWorker(tables, worker, now()), "soon"));
    },
    async deleteEnded(olderThanMs) {
      const endedBefore = now() - olderThanMs;
      const deleted = await transact((tables) => tables.deleteEnded(endedBefore, DELETED_RUNS_LIMIT));
      // In small steps: a run may have a hundred thousand events, and others want to write.
      while (await transact((tables) => tables.purge(DELETED_ROWS_LIMIT)));
      return deleted;
    },

    readTimings: (workflow) => read((tables) => tables.readTimings(workflow)),

    async readOrLead(request) {
      // Most are there already, or waited for: that must not cost those that write.
      const known = await read((tables) => readCache(tables, request, now()));
      return known ?? (await transact((tables) => readOrLead(tables, request, now())));
    },
    async fillCache(filling) {
      const text = JSON.stringify(filling.value);
      const outcome = await transact((tables) => fillCache(tables, filling, text, now()));
      if (outcome === "filled") watchers.cacheChanged(filling.key);
      return outcome;
    },
    async giveUpLeads(worker, leads) {
      const keys = await transact((tables) => giveUpLeads(tables, worker, leads, now()));
      for (const key of keys) watchers.cacheChanged(key);
    },
    async renewLeads({ worker, leaseMs, leads }) {
      const lost = await transact((tables) => renewLeads(tables, worker, leads, leaseMs, now()), "soon");
      return { lost };
    },
    async clearCache(filter) {
      let cleared = 0;
      for (;;) {
        const { values, keys } = await transact((tables) => clearCache(tables, filter, now()));
        for (const key of keys) watchers.cacheChanged(key);
        cleared += values;
        if (keys.length < CLEARED_AT_ONCE) return cleared;
      }
    },
    async acquirePermits(request) {
      const { result, news } = await transact((tables) => acquire(tables, request, now()), "soon");
      tellLimits(news);
      return result;
    },
    async renewPermits(request) {
      const { lost, news } = await transact((tables) => renew(tables, request, now()), "soon");
      tellLimits(...news);
      return { lost };
    },
    async releasePermits(request) {
      tellLimits(await transact((tables) => releasePermits(tables, request, now()), "soon"));
    },
    async pauseLimit(key, until) {
      tellLimits(await transact((tables) => pause(tables, key, until, now()), "soon"));
    },
    readLimit: (key) => read((tables) => readLimit(tables, key, now())),

    publishManifests: (manifests) =>
      transact((tables) => {
        for (const manifest of manifests) tables.putManifest(manifest);
      }),
    listManifests: () => read((tables) => tables.listManifests()),
    listWorkers: () => read((tables) => tables.listWorkers(now())),

    watchRun: (runId, onChange) => watchers.watchRun(runId, onChange),
    watchCache: (key, onChange) => watchers.watchCache(key, onChange),
    watchQueues: (onChange) => watchers.watchQueues(onChange),
    watchLimit: (key, worker, onChange) => watchers.watchLimit(key, worker, onChange),

    now: async () => now(),
    ping: () => transact((tables) => tables.touch(), "soon"),
    close: () => backend.close(),
  };
}
