/** An `AbortController` that is made when somebody asks for its signal: most bodies never do. */
export interface LazyAbort {
  readonly signal: () => AbortSignal;
  /** The first reason counts, also for who asks for the signal later. */
  readonly abort: (reason: unknown) => void;
}

export function createLazyAbort(): LazyAbort {
  let controller: AbortController | null = null;
  let aborted: { readonly reason: unknown } | null = null;
  return {
    signal() {
      if (controller === null) {
        controller = new AbortController();
        if (aborted !== null) controller.abort(aborted.reason);
      }
      return controller.signal;
    },
    abort(reason) {
      if (aborted !== null) return;
      aborted = { reason };
      controller?.abort(reason);
    },
  };
}
