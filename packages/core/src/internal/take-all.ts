const NOTHING: readonly never[] = Object.freeze([]);

interface Emptied<T> extends Iterable<T> {
  readonly size: number;
  clear(): void;
}

/** Empties the set and returns what was in it. An empty one is left alone: clearing it costs as much as filling it. */
export function takeAll<T>(set: Emptied<T>): readonly T[] {
  if (set.size === 0) return NOTHING;
  const taken = [...set];
  set.clear();
  return taken;
}
