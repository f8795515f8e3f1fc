const NOTHING = new Set<never>();

/** A set that mostly has nothing in it: until something is added, and after `clear`, it takes no memory. */
export class RareSet<T> implements Iterable<T> {
  #set: Set<T> | null = null;

  get size(): number {
    return this.#set === null ? 0 : this.#set.size;
  }

  has(value: T): boolean {
    return this.#set !== null && this.#set.has(value);
  }

  add(value: T): void {
    (this.#set ??= new Set()).add(value);
  }

  delete(value: T): boolean {
    return this.#set !== null && this.#set.delete(value);
  }

  clear(): void {
    this.#set = null;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return (this.#set ?? NOTHING).values();
  }
}
