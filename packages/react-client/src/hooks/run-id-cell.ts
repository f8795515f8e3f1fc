/**
 * Where a hook keeps the id of its run.
 *
 * 1. Hooks that keep it in the same place see the same id, and hear of it when one of them changes it.
 * 2. A place that cannot be used (storage is full or forbidden) is as good as none: nothing throws.
 * 3. Another tab changes nothing here: what is in storage is read when the first hook mounts, and not again.
 * 4. Of several ids that are announced (a start under way), the one announced last counts; setting or forgetting one
 *    overtakes them all.
 */

/** An id that is announced, and not known yet. */
export interface Claim {
  readonly isNewest: () => boolean;
  /** For who has left the page meanwhile: sets it, unless the place has become another page's. */
  readonly keep: (runId: string) => void;
}

export interface RunIdCell {
  readonly get: () => string | null;
  readonly set: (runId: string | null) => void;
  readonly claim: () => Claim;
  readonly subscribe: (listener: () => void) => () => void;
}

/** The part of the Web Storage API that is used. */
export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** For one hook alone. */
export function createLocalCell(): RunIdCell {
  const listeners = createListeners();
  let runId: string | null = null;
  return withClaims({
    get: () => runId,
    set: (next) => {
      runId = next;
      listeners.call();
    },
    subscribe: listeners.add,
  });
}

const urlCells = new Map<string, RunIdCell>();

/** In a search parameter of the page's address, without an entry in its history. */
export function urlCell(parameter: string): RunIdCell {
  const cell = urlCells.get(parameter) ?? createUrlCell(parameter);
  urlCells.set(parameter, cell);
  return cell;
}

const storageCells = new WeakMap<StorageLike, Map<string, RunIdCell>>();

/** In a storage, under a key. */
export function storageCell(storage: StorageLike, key: string): RunIdCell {
  const cells = storageCells.get(storage) ?? new Map<string, RunIdCell>();
  storageCells.set(storage, cells);
  const cell = cells.get(key) ?? createStorageCell(storage, key);
  cells.set(key, cell);
  return cell;
}

function createUrlCell(parameter: string): RunIdCell {
  const listeners = createListeners();
  const cell = {
    get: () => new URLSearchParams(location.search).get(parameter),
    set: (runId: string | null) => {
      const url = new URL(location.href);
      if (runId === null) url.searchParams.delete(parameter);
      else url.searchParams.set(parameter, runId);
      // The state belongs to the page's router.
      history.replaceState(history.state, "", url);
      listeners.call();
    },
    subscribe: (listener: () => void) => {
      const remove = listeners.add(listener);
      addEventListener("popstate", listener);
      return () => {
        remove();
        removeEventListener("popstate", listener);
      };
    },
  };
  return withClaims(cell, () => location.pathname);
}

function createStorageCell(storage: StorageLike, key: string): RunIdCell {
  const listeners = createListeners();
  let kept: string | null = null;
  const read = (): string | null => attempt(() => storage.getItem(key)) ?? null;
  return withClaims({
    get: () => (listeners.count() > 0 ? kept : read()),
    set: (runId) => {
      kept = runId;
      attempt(() => (runId === null ? storage.removeItem(key) : storage.setItem(key, runId)));
      listeners.call();
    },
    subscribe: (listener) => {
      if (listeners.count() === 0) kept = read();
      return listeners.add(listener);
    },
  });
}

function withClaims(cell: Omit<RunIdCell, "claim">, pageOf: () => string = () => ""): RunIdCell {
  let newest = 0;
  const set = (runId: string | null): void => {
    newest += 1;
    cell.set(runId);
  };
  return {
    ...cell,
    set,
    claim: () => {
      const mine = (newest += 1);
      const page = pageOf();
      const isNewest = (): boolean => mine === newest;
      return { isNewest, keep: (runId) => void (isNewest() && page === pageOf() && set(runId)) };
    },
  };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

interface Listeners {
  readonly add: (listener: () => void) => () => void;
  readonly call: () => void;
  readonly count: () => number;
}

function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    add: (listener) => {
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    call: () => {
      for (const listener of Array.from(listeners)) listener();
    },
    count: () => listeners.size,
  };
}
