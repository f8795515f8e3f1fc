/**
 * A response body that follows a run.
 *
 * 1. It is driven by its reader: nothing is read from the store, watched or encoded before the reader has room for it.
 * 2. However it ends (the run's end, the reader leaving, the server closing, an error), its source is left and nothing
 *    stays behind.
 * 3. An error of the store ends it early, like a dropped connection: the reader comes back with its cursor.
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
  let next: Promise<IteratorResult<string, void>> | undefined;

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    request ??= options.requests.open();
    frames ??= options.frames(request.signal);
    try {
      next ??= frames.next();
      const result = await (ping === undefined ? next : firstOf(next, pingMs));
      if (result === "late") {
        controller.enqueue(encoder.encode(ping));
        return;
      }
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

/** What the promise resolves to, or `late` if that takes longer. */
async function firstOf<T>(promise: Promise<T>, timeoutMs: number): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, timeoutMs, "late");
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
