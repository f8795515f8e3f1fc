/**
 * Changes that other processes make, seen by asking the file.
 *
 * 1. Asks only while somebody watches, and its timer keeps no process alive.
 * 2. What this process changes itself is not reported here: SQLite counts only what others commit.
 * 3. Only runs whose row changed are called back.
 */
import type { SqlStatement } from "./driver.ts";
import type { Watchers } from "../watchers.ts";
import type { Prepare } from "./statements.ts";

const PERIOD_MS = 25;

export class FileWatch {
  readonly #version: SqlStatement;
  readonly #readRun: SqlStatement;
  readonly #anyReady: SqlStatement;
  #timer: NodeJS.Timeout | undefined;
  #seen: unknown;
  /** What the watched runs looked like. */
  #runs = new Map<string, string>();

  constructor(prepare: Prepare) {
    this.#version = prepare("PRAGMA data_version");
    this.#readRun = prepare(
      "SELECT tail_seq, tail_fence, signals, cancel_requested FROM runs WHERE run_id = ?",
    );
    this.#anyReady = prepare("SELECT 1 FROM runs WHERE phase = 'ready' LIMIT 1");
  }

  start(watchers: Watchers): void {
    // What the watchers read before they watch is theirs to compare: from here on nothing is missed.
    this.#seen = this.#readVersion() ?? this.#seen;
    this.#timer = setInterval(() => this.#ask(watchers), PERIOD_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#runs.clear();
  }

  #ask(watchers: Watchers): void {
    const version = this.#readVersion();
    if (version === undefined || version === this.#seen) return;
    try {
      const runs = new Map<string, string>();
      for (const runId of watchers.watchedRuns()) {
        const state = JSON.stringify(this.#readRun.get(runId) ?? null);
        runs.set(runId, state);
        // A run that was not looked at before may have changed since it was watched.
        if (this.#runs.get(runId) !== state) watchers.runChanged(runId);
      }
      this.#runs = runs;
      if (watchers.areQueuesWatched && this.#anyReady.get() !== undefined) watchers.queuesChanged();
      this.#seen = version;
    } catch {
      // Whatever it is, whoever reads or writes next is told; the file is asked again.
    }
  }

  #readVersion(): unknown {
    try {
      return this.#version.get()?.["data_version"];
    } catch {
      return undefined;
    }
  }
}
