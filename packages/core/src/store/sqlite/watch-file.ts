/**
 * Changes that other processes make, seen by asking the file.
 *
 * 1. Asks only while somebody watches, and its timer keeps no process alive.
 * 2. What this process changes itself is not reported here: SQLite counts only what others commit.
 * 3. Only those are called back that watch a run or a shared value whose row changed, or the queues when a run has become
 *    ready, or a limit of which there was news for some worker.
 */
import type { SqlStatement, SqlValue } from "./driver.ts";
import type { Watchers } from "../watchers.ts";
import type { Prepare } from "./statements.ts";

interface RunState {
  readonly tail: SqlValue | undefined;
  readonly rest: string;
}

const PERIOD_MS = 25;
const DELETED: RunState = { tail: null, rest: "" };

export class FileWatch {
  readonly #version: SqlStatement;
  readonly #readReady: SqlStatement;
  readonly #readRuns: SqlStatement;
  readonly #readCache: SqlStatement;
  readonly #readLimits: SqlStatement;
  #timer: NodeJS.Timeout | undefined;
  #seenVersion: SqlValue | undefined;
  /** How often a run had become ready. */
  #seenReady: SqlValue | undefined;
  /** What the watched runs looked like: the end of their streams, and all the rest. */
  #seenRuns = new Map<string, RunState>();
  /** What was known of the watched values: who makes them, and when they were made. */
  #seenCache = new Map<string, string>();
  /** How often there was news of the watched limits. */
  #seenLimits = new Map<string, SqlValue>();

  constructor(prepare: Prepare) {
    this.#version = prepare("PRAGMA data_version");
    this.#readReady = prepare("SELECT count FROM counters WHERE name = 'ready'");
    this.#readRuns = prepare(
      `SELECT run_id, tail_seq, phase, fence, signals, cancel_requested FROM runs
       WHERE run_id IN (SELECT value FROM json_each(?))`,
    );
    this.#readCache = prepare(
      "SELECT key, holder, at FROM cache WHERE key IN (SELECT value FROM json_each(?))",
    );
    this.#readLimits = prepare(
      "SELECT limit_key, news FROM limits WHERE limit_key IN (SELECT value FROM json_each(?))",
    );
  }

  start(watchers: Watchers): void {
    // Who watches reads afterwards: what others wrote until now will have been read.
    this.#look(() => {
      this.#seenVersion = this.#version.get()?.["data_version"];
      this.#seenReady = this.#readReady.get()?.["count"];
    });
    this.#timer = setInterval(() => this.#look(() => this.#ask(watchers)), PERIOD_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#seenRuns.clear();
    this.#seenCache.clear();
    this.#seenLimits.clear();
  }

  #ask(watchers: Watchers): void {
    const version = this.#version.get()?.["data_version"];
    if (version === this.#seenVersion) return;
    this.#askQueues(watchers);
    this.#askRuns(watchers);
    this.#askCache(watchers);
    this.#askLimits(watchers);
    this.#seenVersion = version;
  }

  #askQueues(watchers: Watchers): void {
    const ready = this.#readReady.get()?.["count"];
    if (ready !== this.#seenReady) watchers.queuesChanged();
    this.#seenReady = ready;
  }

  #askRuns(watchers: Watchers): void {
    const watched = [...watchers.watchedRuns()];
    const rows = watched.length === 0 ? [] : this.#readRuns.all(JSON.stringify(watched));
    const runs = new Map(
      rows.map(({ run_id: runId, tail_seq: tail, ...rest }) => [runId, { tail, rest: JSON.stringify(rest) }]),
    );
    const states = new Map(watched.map((runId) => [runId, runs.get(runId) ?? DELETED]));
    for (const [runId, { tail, rest }] of states) {
      // One that was not looked at before may have changed since it was watched.
      const seen = this.#seenRuns.get(runId);
      if (seen?.rest !== rest) watchers.runChanged(runId, "anything");
      else if (seen.tail !== tail) watchers.runChanged(runId, "events");
    }
    this.#seenRuns = states;
  }

  #askCache(watchers: Watchers): void {
    const watched = [...watchers.watchedCache()];
    const rows = watched.length === 0 ? [] : this.#readCache.all(JSON.stringify(watched));
    const found = new Map(rows.map(({ key, ...rest }) => [key as string, JSON.stringify(rest)]));
    for (const key of watched) {
      if (this.#seenCache.get(key) !== (found.get(key) ?? "")) watchers.cacheChanged(key);
    }
    this.#seenCache = new Map(watched.map((key) => [key, found.get(key) ?? ""]));
  }

  #askLimits(watchers: Watchers): void {
    const watched = [...watchers.watchedLimits()];
    const rows = watched.length === 0 ? [] : this.#readLimits.all(JSON.stringify(watched));
    const limits = new Map(rows.map(({ limit_key: key, news }) => [key as string, news ?? 0]));
    // One that was not looked at before may have changed since it was watched. For whom the news was, nobody remembers.
    for (const [key, news] of limits) {
      if (this.#seenLimits.get(key) !== news) watchers.limitChanged(key, "all");
    }
    this.#seenLimits = limits;
  }

  #look(look: () => void): void {
    try {
      look();
    } catch {
      // Whatever it is, whoever reads or writes next is told; the file is asked again.
    }
  }
}
