/** Streams that a test opens, fills and breaks by hand. */
import type { RunEvent, RunView } from "@alder/core/protocol";

interface ScriptedStream {
  /** Path and query that were asked for. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Answers with this status and nothing to read. */
  refuse(status: number, body?: object, headers?: Record<string, string>): void;
  /** The request gets no answer. */
  fail(): void;
  accept(contentType?: string): void;
  event(...events: readonly RunEvent[]): void;
  frame(value: object): void;
  ping(): void;
  /** The connection ends, as it does when a server goes away. */
  end(): void;
}

export interface ScriptedStreams {
  readonly fetch: typeof fetch;
  /** Every stream asked for so far. */
  readonly opened: readonly ScriptedStream[];
  /** The newest. */
  last(): ScriptedStream;
  /** How many were not given up. */
  open(): number;
  /** True for a network that goes on to deliver what nobody wants any more. */
  ignoresAborts: boolean;
}

export function createScriptedStreams(): ScriptedStreams {
  const opened: ScriptedStream[] = [];
  const open = new Set<ScriptedStream>();
  const streams: ScriptedStreams = {
    opened,
    ignoresAborts: false,
    last: () => opened.at(-1)!,
    open: () => open.size,
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        const { signal } = init as { signal: AbortSignal };
        const heard = streams.ignoresAborts ? new AbortController().signal : signal;
        const stream = createStream(url as string, heard, resolve, (error) => {
          open.delete(stream);
          reject(error);
        });
        signal.addEventListener("abort", () => void open.delete(stream));
        opened.push(stream);
        open.add(stream);
      }),
  };
  return streams;
}

/** Lets everything that waits for promises move on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A view as a snapshot holds it. */
export function snapshotFrame(view: RunView): object {
  return { type: "snapshot", view };
}

function createStream(
  url: string,
  signal: AbortSignal,
  resolve: (response: Response) => void,
  reject: (error: unknown) => void,
): ScriptedStream {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
  const write = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
  signal.addEventListener("abort", () => {
    reject(signal.reason);
    try {
      controller.error(signal.reason);
    } catch {
      // It had ended.
    }
  });
  const stream: ScriptedStream = {
    path: url,
    signal,
    refuse: (status, problem = {}, headers = {}) => resolve(Response.json(problem, { status, headers })),
    fail: () => reject(new TypeError("fetch failed")),
    accept: (contentType = "text/event-stream") =>
      resolve(new Response(body, { headers: { "content-type": contentType } })),
    event: (...events) => write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")),
    frame: (value) => write(`data: ${JSON.stringify(value)}\n\n`),
    ping: () => write(": ping\n\n"),
    end: () => controller.close(),
  };
  return stream;
}
