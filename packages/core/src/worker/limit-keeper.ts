/**
 * What the steps on this worker have of the store's limits: permits, and places in lines.
 *
 * 1. Of each key one call is under way at a time, for all steps on this worker that want something of it.
 * 2. What it is told by the store or by a timer only makes it ask again; nothing depends on being told.
 * 3. What is not wanted any more is given back, also where the answer that gave it is still to come. What cannot be given
 *    back, as the worker died, is free again when its lease is over.
 * 4. Permits and places are renewed with the worker's heartbeat; one that was lost stops nothing (the step that had it
 *    goes on), and a lost place is asked for anew.
 */
import { outsideScopes } from "../engine/current-scope.ts";
import type { Permit, PermitDesk, PermitWant } from "../engine/permit-desk.ts";
import type { Clock } from "../internal/clock.ts";
import type { LimitStore } from "../store/limits.ts";
import { ASKED_AT_ONCE, LimitLine, type LineEntry } from "./limit-line.ts";
import { Renewal } from "./renewal.ts";

export interface LimitKeeperOptions {
  readonly store: LimitStore;
  readonly worker: string;
  /** Tells store time. */
  readonly clock: Clock;
  /** How long permits and places are kept that are not renewed, in milliseconds. */
  readonly leaseMs: number;
  /** How often they are renewed; never where absent. */
  readonly renewEveryMs?: number;
  readonly onStoreError: (error: unknown) => void;
}

/** The limits as one run meets them. */
export interface RunPermits extends PermitDesk {
  /** The run is about to be parked: its places are kept until its turn may come, and it gets no permits meanwhile. Undefined if it has none. */
  leave(): Promise<unknown> | undefined;
  /** It was not parked after all. */
  comeBack(): void;
  /** It is parked: whatever its engine gives back from now on is kept for its next owner. */
  forget(): void;
}

/** Lines nobody stands in are kept up to so many, for the next who comes. */
const EMPTY_LINES = 100;

export class LimitKeeper {
  readonly #options: LimitKeeperOptions;
  readonly #lines = new Map<string, LimitLine>();
  readonly #definedAt: number;
  readonly #renewal: Renewal;

  constructor(options: LimitKeeperOptions) {
    this.#options = options;
    this.#definedAt = options.clock.now();
    this.#renewal = new Renewal({
      clock: options.clock,
      everyMs: options.renewEveryMs,
      isNeeded: () => [...this.#lines.values()].some((line) => !line.isEmpty),
      renew: () => this.#renew(),
    });
  }

  forRun(runId: string, tenant: string): RunPermits {
    const entries = new Set<LineEntry>();
    let isGone = false;
    const each = (visit: (line: LimitLine, own: readonly LineEntry[]) => void): void => {
      for (const [line, own] of byLine(entries)) visit(line, own);
    };
    return {
      ask: (want) => {
        const { entry, permit } = this.#ask(want, `${runId}:${want.id}`, tenant);
        entries.add(entry);
        return {
          giveBack: (use) => {
            entries.delete(entry);
            if (!isGone) permit.giveBack(use);
          },
        };
      },
      pause: (key, until) => this.#lineOf(key).pause(until),
      leave() {
        if (entries.size === 0) return undefined;
        return Promise.all([...byLine(entries)].map(([line, own]) => line.leave(own)));
      },
      comeBack: () => each((line, own) => line.comeBack(own)),
      forget() {
        isGone = true;
        each((line, own) => line.forget(own));
      },
    };
  }

  /** Something is being asked of the store or about to be. */
  get isBusy(): boolean {
    for (const line of this.#lines.values()) if (line.isBusy) return true;
    return false;
  }

  /** Resolves once everything is given back, or after a while. */
  async stop(): Promise<void> {
    await this.#renewal.stopAfter(Promise.all([...this.#lines.values()].map((line) => line.settled())));
    this.drop();
  }

  /** Asks for nothing more and gives nothing back: the worker is dead. */
  drop(): void {
    this.#renewal.stop();
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
  }

  #ask(want: PermitWant, id: string, tenant: string): { readonly entry: LineEntry; readonly permit: Permit } {
    const line = this.#lineOf(want.limit.key);
    const entry = line.join(want, { id, tenant, slot: want.slot });
    this.#renewal.start();
    return { entry, permit: { giveBack: (use) => line.giveBack(entry, use) } };
  }

  #lineOf(key: string): LimitLine {
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    if (this.#lines.size >= EMPTY_LINES) this.#dropEmpty();
    const { store, worker, clock, leaseMs, onStoreError } = this.#options;
    const definedAt = this.#definedAt;
    // Whoever asks first is in the middle of a step: what is asked for all is in no step's scope.
    const line = outsideScopes(
      () => new LimitLine({ key, store, worker, clock, leaseMs, definedAt, onStoreError }),
    );
    this.#lines.set(key, line);
    return line;
  }

  #dropEmpty(): void {
    for (const [key, line] of this.#lines) {
      if (!line.isEmpty) continue;
      line.close();
      this.#lines.delete(key);
    }
  }

  async #renew(): Promise<void> {
    const { store, worker, leaseMs, onStoreError } = this.#options;
    const lines = [...this.#lines.values()];
    const held = lines.flatMap((line) => line.kept());
    try {
      for (let from = 0; from < held.length; from += ASKED_AT_ONCE) {
        const some = held.slice(from, from + ASKED_AT_ONCE);
        const { lost } = await store.renewPermits({ worker, leaseMs, held: some });
        for (const { key, id } of lost) this.#lines.get(key)?.noteLost(id);
      }
    } catch (error) {
      onStoreError(error);
    }
    // Should it not have been told, or its clock be wrong, it is late by a heartbeat and no more.
    for (const line of lines) line.askForWaiting();
  }
}

function byLine(entries: ReadonlySet<LineEntry>): ReadonlyMap<LimitLine, readonly LineEntry[]> {
  const found = new Map<LimitLine, LineEntry[]>();
  for (const entry of entries) {
    const own = found.get(entry.line);
    if (own === undefined) found.set(entry.line, [entry]);
    else own.push(entry);
  }
  return found;
}
