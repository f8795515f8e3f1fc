/**
 * The requests that stay open on purpose: streams and waits.
 *
 * 1. Each has a signal of its own, which is aborted when its reader leaves or when the server closes.
 * 2. Once closed, whatever is opened is aborted from the beginning.
 */
export interface OpenRequests {
  readonly open: () => OpenRequest;
  /** Aborts all that are open. Their readers see the end of a connection, and come back elsewhere. */
  readonly closeAll: () => void;
}

export interface OpenRequest {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** It has been answered. */
  readonly done: () => void;
}

export function createOpenRequests(): OpenRequests {
  const controllers = new Set<AbortController>();
  let isClosed = false;
  return {
    open: () => {
      const controller = new AbortController();
      if (isClosed) controller.abort();
      else controllers.add(controller);
      return {
        signal: controller.signal,
        abort: () => controller.abort(),
        done: () => void controllers.delete(controller),
      };
    },
    closeAll: () => {
      isClosed = true;
      for (const controller of controllers) controller.abort();
      controllers.clear();
    },
  };
}

/** Runs what waits on behalf of a request; `signal` is aborted when the reader leaves or the server closes. */
export async function whileOpen<T>(
  requests: OpenRequests,
  reader: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const request = requests.open();
  if (reader.aborted) request.abort();
  reader.addEventListener("abort", request.abort);
  try {
    return await wait(request.signal);
  } finally {
    reader.removeEventListener("abort", request.abort);
    request.done();
  }
}
