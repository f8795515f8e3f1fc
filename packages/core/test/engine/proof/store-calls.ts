import type { Store } from "@alder/core/store";

/** A store of which it is known whether it is being asked for something. */
export interface StoreCalls {
  readonly store: Store;
  areOpen(): boolean;
  /** Resolves when the next one is answered; at once where none is open. */
  answered(): Promise<void>;
  /** Counts something else that takes its time. */
  count<R>(call: Promise<R>): Promise<R>;
}

/** `delay` is asked before an answer to a write is given. */
export function countCalls(store: Store, delay: () => Promise<void> | undefined): StoreCalls {
  let open = 0;
  const waiting: (() => void)[] = [];
  const count = async <R>(call: Promise<R>): Promise<R> => {
    open++;
    try {
      return await call;
    } finally {
      open--;
      for (const resolve of waiting.splice(0)) resolve();
    }
  };
  const written = async <R>(call: Promise<R>): Promise<R> => {
    const result = await call;
    await delay();
    return result;
  };
  return {
    store: {
      ...store,
      append: (input) => count(written(store.append(input))),
      park: (input) => count(written(store.park(input))),
      block: (input) => count(written(store.block(input))),
      release: (input) => count(written(store.release(input))),
      finish: (input) => count(written(store.finish(input))),
      readSignals: (runId, after) => count(store.readSignals(runId, after)),
      readRun: (runId) => count(store.readRun(runId)),
    },
    count,
    areOpen: () => open > 0,
    answered: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
