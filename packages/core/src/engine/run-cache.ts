/**
 * Outputs that equal steps of one run share: they are in the run's journal, and nowhere else.
 *
 * 1. What was made is there for others at once: their entries are written after the one it comes from. After a crash it is
 *    what the journal has given.
 * 2. Whoever asks is called back later, in the order in which they came.
 */
import type { Clock } from "../internal/clock.ts";
import { RareMap } from "../internal/rare-map.ts";
import type { Json } from "../protocol/json.ts";
import type { CacheClaim, CacheDesk, CacheNeed } from "./cache-desk.ts";

interface Value {
  readonly value: Json;
  readonly at: number;
  readonly expiresAt: number;
}

interface Line {
  leader: RunClaim | null;
  readonly waiting: Set<RunClaim>;
}

export class RunCache implements CacheDesk {
  readonly #clock: Clock;
  readonly #values = new RareMap<string, Value>();
  readonly #lines = new RareMap<string, Line>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask(need: CacheNeed): CacheClaim {
    const claim = new RunClaim(this, need);
    queueMicrotask(() => this.look(claim));
    return claim;
  }

  /** The journal has given it. */
  note(key: string, value: Json, at: number, ttlMs: number): void {
    if ((this.#values.get(key)?.at ?? -1) <= at) this.#values.set(key, { value, at, expiresAt: at + ttlMs });
  }

  look(claim: RunClaim): void {
    if (claim.isOver) return;
    const { key, takeOver, newerThan = -1, onHit, onLead, onWaiting } = claim.need;
    const known = takeOver ? undefined : this.#values.get(key);
    if (known !== undefined && known.expiresAt > this.#clock.now() && known.at > newerThan) {
      claim.isOver = true;
      onHit(known.value, known.at);
      return;
    }
    const line: Line = this.#lines.get(key) ?? { leader: null, waiting: new Set() };
    this.#lines.set(key, line);
    if (line.leader === null || takeOver) {
      line.leader = claim;
      onLead();
    } else {
      line.waiting.add(claim);
      onWaiting();
    }
  }

  fill({ key, ttlMs }: CacheNeed, value: Json): void {
    const at = Math.max(this.#clock.now(), (this.#values.get(key)?.at ?? -1) + 1);
    this.note(key, value, at, ttlMs);
  }

  /** It leads no more, or no longer waits. */
  leave(claim: RunClaim): void {
    const { key } = claim.need;
    const line = this.#lines.get(key);
    if (line === undefined) return;
    line.waiting.delete(claim);
    // Where it was taken over, the others wait for who has it now, or have gone on when it was filled.
    if (line.leader !== claim) return;
    this.#lines.delete(key);
    for (const waiting of line.waiting) queueMicrotask(() => this.look(waiting));
  }

  clear(): void {
    this.#values.clear();
    this.#lines.clear();
  }
}

class RunClaim implements CacheClaim {
  readonly need: CacheNeed;
  isOver = false;
  readonly #cache: RunCache;

  constructor(cache: RunCache, need: CacheNeed) {
    this.#cache = cache;
    this.need = need;
  }

  fill(value: Json): void {
    if (this.isOver) return;
    this.#cache.fill(this.need, value);
    this.giveUp();
  }

  giveUp(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#cache.leave(this);
  }
}
