const NOTHING = new Map<never, never>();

/** A map that mostly has nothing in it: until something is set, and after `clear`, it takes no memory. */
export class RareMap<K, V> implements Iterable<[K, V]> {
  #map: Map<K, V> | null = null;

  get size(): number {
    return this.#map === null ? 0 : this.#map.size;
  }

  has(key: K): boolean {
    return this.#map !== null && this.#map.has(key);
  }

  get(key: K): V | undefined {
    return this.#map === null ? undefined : this.#map.get(key);
  }

  set(key: K, value: V): void {
    (this.#map ??= new Map()).set(key, value);
  }

  delete(key: K): boolean {
    return this.#map !== null && this.#map.delete(key);
  }

  clear(): void {
    this.#map = null;
  }

  values(): IterableIterator<V> {
    return (this.#map ?? NOTHING).values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return (this.#map ?? NOTHING).entries();
  }
}
