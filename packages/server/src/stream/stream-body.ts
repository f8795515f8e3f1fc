/**
 * A response body that follows a run.
 *
 * 1. It is driven by its reader: nothing is read from the store, watched or encoded before the reader has room for it.
 * 2. However it ends (the run's end, the reader leaving, the server closing, an error), its source is left and nothing
 *    stays behind.
 * 3. An error of the store ends it early, like a dropped connection: the reader comes back with its cursor.
 * 4. A ping leaves nothing behind: a run may have nothing to say for months.
 */
import type { OpenRequest, OpenRequests } from "./open-requests.ts";

export interface StreamBodyOptions {
  /** Makes the frames, once the reader wants the first; ends when the signal is aborted. */
  readonly frames: (signal: AbortSignal) => AsyncGenerator<string, void, undefined>;
  readonly requests: OpenRequests;
  /** Said whenever nothing else was for `pingMs`. */
  readonly ping: string | undefined;
  readonly pingMs: number;
  readonly onError: (error: unknown) => void;
}

export function createStreamBody(options: StreamBodyOptions): ReadableStream<Uint8Array> {
  const { ping, pingMs } = options;
  const encoder = new TextEncoder();
  let request: OpenRequest | undefined;
  let frames: AsyncGenerator<string, void, undefined> | undefined;
  let next: Arrival<IteratorResult<string, void>> | undefined;

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    request ??= options.requests.open();
    frames ??= options.frames(request.signal);
    try {
      next ??= watchArrival(frames.next());
      if (ping !== undefined && !(await next.within(pingMs))) {
        controller.enqueue(encoder.encode(ping));
        return;
      }
      const result = await next.value;
      next = undefined;
      if (!result.done) {
        controller.enqueue(encoder.encode(result.value));
        return;
      }
    } catch (error) {
      options.onError(error);
    }
    request.done();
    controller.close();
  }

  return new ReadableStream<Uint8Array>(
    {
      pull,
      cancel: async () => {
        request?.abort();
        request?.done();
        await frames?.return();
      },
    },
    // No chunk is made ahead of the reader.
    { highWaterMark: 0 },
  );
}

interface Arrival<T> {
  readonly value: Promise<T>;
  /** Whether it settles in time. For one waiter at a time. */
  readonly within: (timeoutMs: number) => Promise<boolean>;
}

/** Listens once, however often it is asked: each `Promise.race` would leave a listener for as long as nothing comes. */
function watchArrival<T>(value: Promise<T>): Arrival<T> {
  let hasArrived = false;
  let wake: (() => void) | undefined;
  const arrive = (): void => {
    hasArrived = true;
    wake?.();
  };
  value.then(arrive, arrive);
  return {
    value,
    within: (timeoutMs) =>
      new Promise((resolve) => {
        if (hasArrived) return resolve(true);
        const timer = setTimeout(resolve, timeoutMs, false);
        wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      }),
  };
}
