/**
 * Names of keys, and which slot of a cluster they are in.
 *
 * 1. All keys of a run and of what leads to it begin with the name of its partition, whose hash tag decides the slot. The
 *    run's id says which partition it is, so a run is where it was made however many there are later.
 * 2. The slots of idempotency keys are fixed: more of them, and a key would be looked for where it is not (E1).
 */

/** How many slots idempotency keys are spread over; never to be changed. */
const KEY_SLOTS = 64;
/** The same of values that runs share. Where this is changed, those are made anew. */
const CACHE_SLOTS = 64;

const RUN_ID = /^(\d{1,5})\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  partition(number: number): string {
    return `${this.#prefix}:{p${number}}`;
  }

  /** The partition of a run; undefined where no run can have this id. */
  partitionOf(runId: string): string | undefined {
    const number = RUN_ID.exec(runId)?.[1];
    return number === undefined ? undefined : this.partition(Number(number));
  }

  /** Slot of an idempotency key, by its name. */
  keySlot(name: string): string {
    return `${this.#prefix}:{k${hash(name) % KEY_SLOTS}}`;
  }

  /** Slot of a value that runs share. */
  cacheSlot(key: string): string {
    return this.#cacheSlot(hash(key) % CACHE_SLOTS);
  }

  get cacheSlots(): readonly string[] {
    return Array.from({ length: CACHE_SLOTS }, (_, number) => this.#cacheSlot(number));
  }

  #cacheSlot(number: number): string {
    return `${this.#prefix}:{c${number}}`;
  }

  /** Slot of a limit. */
  limitSlot(key: string): string {
    return `${this.#prefix}:{limit:${key}}`;
  }

  /** Where it is told that it is worth asking for permits of a limit. */
  limitChannel(key: string): string {
    return `${this.limitSlot(key)}:news`;
  }

  /** Where changes of a shared value are told. */
  cacheChannel(key: string): string {
    return `${this.cacheSlot(key)}:cached:${key}`;
  }

  /** Where changes of a run are told. */
  runChannel(partition: string, runId: string): string {
    return `${partition}:run:${runId}`;
  }

  /** Where it is told that runs of a partition may have become ready. */
  queuesChannel(partition: string): string {
    return `${partition}:queues`;
  }
}

/** Name of an idempotency key, among those of all workflows and tenants. */
export function toKeyName(workflow: string, tenant: string, key: string): string {
  return JSON.stringify(tenant === "" ? [workflow, key] : [workflow, key, tenant]);
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
