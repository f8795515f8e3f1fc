/**
 * A program's run as it is in a store, from owner to owner.
 *
 * 1. What the store gives an owner is what it has acknowledged before, in its order; after a crash there may be more, what
 *    the dead owner was not told of any more.
 * 2. What an earlier owner still writes is refused (E8).
 * 3. The events are numbered without gap, and none that was read changes (E9).
 */
import { START } from "@alder/core/protocol";
import type { Claim, RunToken, Store } from "@alder/core/store";
import { createDisk, type Disk, type RecordedEntry } from "../harness.ts";
import type { Program } from "./program.ts";
import type { World } from "./world.ts";

const EVENTS_PAGE = 1_000;

export class RunInStore {
  readonly #store: Store;
  readonly #program: Program;
  readonly #world: World;
  readonly #disk: Disk;
  #birth: Disk["birth"];
  #runId = "";
  #queue = "";
  #owners = 0;
  #dead: string | null = null;
  #stale: RunToken | null = null;
  #signalsSent = 0;
  readonly problems: string[] = [];

  constructor(store: Store, program: Program, world: World) {
    this.#store = store;
    this.#program = program;
    this.#world = world;
    this.#disk = createDisk();
  }

  get runId(): string {
    return this.#runId;
  }

  async start(): Promise<void> {
    // A queue of its own: nobody else takes it, and no worker takes anything else.
    const queue = `proof ${crypto.randomUUID()}`;
    const made = await this.#store.createRun({ workflow: "Program", queue, input: {} });
    if (made.outcome === "conflict") throw new Error("there is no idempotency key");
    this.#runId = made.run.runId;
    this.#queue = queue;
  }

  /** The next owner takes it, as soon as there is something to do; null where nobody ever will. */
  async take(worker: string): Promise<Claim | null> {
    for (let isDue = false; ;) {
      await this.#giveBack();
      const { claims } = await this.#store.claim({
        worker,
        queues: [this.#queue],
        limit: 1,
        // It is over at once, and nobody looks while the owner lives.
        leaseMs: 0,
        idle: true,
      });
      const [claim] = claims;
      if (claim !== undefined) {
        this.#welcome(claim);
        await this.#refuse(claim);
        return claim;
      }
      const passes = await this.#untilNext();
      if (passes === null) return null;
      if (isDue && passes === 0) {
        this.problems.push("the run is due, and given to nobody");
        return null;
      }
      isDue = passes === 0;
      this.#world.passUnattended(passes);
      await this.sendSignalsDue();
    }
  }

  /** Its owner has died. */
  died(worker: string): void {
    this.#dead = worker;
  }

  /** The store has acknowledged it. */
  acknowledged(entry: RecordedEntry): void {
    this.#disk.entries.push(entry);
  }

  /** Those that nobody has sent. */
  get signalsToCome(): Program["signals"] {
    return this.#program.signals.slice(this.#signalsSent);
  }

  /** Those that have been sent have been; how many. */
  async sendSignalsDue(): Promise<number> {
    const { clock, startedAt } = this.#world;
    for (const { name, payload, at } of this.signalsToCome) {
      if (startedAt + at > clock.now()) break;
      this.#signalsSent++;
      await this.#store.sendSignal(this.#runId, { id: `signal-${this.#signalsSent}`, name, payload });
    }
    return this.#signalsSent;
  }

  /** What there is of it now. */
  async read(): Promise<Disk> {
    const { events, entries, signals } = this.#disk;
    for (;;) {
      const last = events.at(-1) as { seq: number; fence: number } | undefined;
      const page = await this.#store.readEvents(this.#runId, last ?? START, EVENTS_PAGE);
      if (page.outcome !== "events") {
        this.problems.push(`reading on from ${last?.seq} of ${this.#runId}: ${page.outcome}`);
        break;
      }
      for (const event of page.events) {
        if (event.seq !== events.length + 1)
          this.problems.push(`event ${event.seq} comes after ${events.length}`);
        events.push(event);
      }
      if (page.atTail) break;
    }
    signals.push(...(await this.#store.readSignals(this.#runId, signals.length)));
    // How a run has failed is not of what its end follows from.
    return createDisk({
      ...(this.#birth && { birth: this.#birth }),
      entries: entries.filter(({ t }) => t !== "failed"),
      events,
      signals,
    });
  }

  /** A dead owner is known to be, or its lease is over. */
  async #giveBack(): Promise<void> {
    this.#owners++;
    if (this.#dead !== null && this.#owners % 2 === 0) await this.#store.buryWorker(this.#dead);
    this.#dead = null;
    await this.#store.reap();
  }

  #welcome(claim: Claim): void {
    this.#birth = { runId: this.#runId, salt: claim.salt, createdAt: claim.createdAt };
    const given = claim.journal.map(
      ({ entry, seq, at }) => ({ ...(entry as object), seq, at }) as RecordedEntry,
    );
    const { entries } = this.#disk;
    entries.forEach((entry, index) => {
      const [was, is] = [canonical(entry), canonical(given[index])];
      if (was !== is) this.problems.push(`the store has acknowledged ${was}, and gives ${is}`);
    });
    entries.splice(0, Infinity, ...given);
  }

  /** What an owner before it sends now comes too late (E8). */
  async #refuse({ token, tail }: Claim): Promise<void> {
    const event = { type: "status", message: "too late", step: null } as const;
    if (this.#stale !== null) {
      const late = { token: this.#stale, after: tail, records: [{ event }], progress: false };
      const { outcome } = await this.#store.append(late);
      if (outcome !== "fenced") this.problems.push(`what came too late was ${outcome}`);
    }
    this.#stale = token;
  }

  /** How long nothing happens to a run that waits; null where nothing will. */
  async #untilNext(): Promise<number | null> {
    const { clock, startedAt } = this.#world;
    const { events } = await this.read();
    const last = events.findLast(({ type }) => type.startsWith("run."));
    const until = last?.type === "run.waiting" ? last.until : null;
    const signal = this.#program.signals[this.#signalsSent];
    const next = Math.min(until ?? Infinity, signal === undefined ? Infinity : startedAt + signal.at);
    if (last?.type !== "run.waiting" || next === Infinity) return null;
    return Math.max(0, next - clock.now());
  }
}

/** Stores need not keep the order of properties. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
