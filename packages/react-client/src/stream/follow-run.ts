/**
 * Keeps one connection to a run's stream until the run has ended.
 *
 * 1. There is at most one connection at any time; what one that was given up still delivers is not looked at.
 * 2. The end of a connection is not the end of the run: unless the run has ended, it is opened again where reading
 *    stopped, after a pause that grows while nothing new is read and never undercuts what the server asked for.
 * 3. A connection on which nothing comes for `stallMs`, pings included, is given up.
 * 4. A refusal that will not change (4xx) is final.
 * 5. When woken, it does not wait any longer, nor trust a connection that has missed a ping.
 */
import { AlderError, messageOf } from "@alder/core/protocol";
import type { Clock } from "../clock.ts";
import { backoffMs } from "../http/backoff.ts";
import { isTransient, retryAfterOf } from "../http/problem.ts";
import { createFrameReader, type Frame } from "./frames.ts";
import type { Wake } from "./wake.ts";

/** `idle`: not asked for, or not while nobody sees the page. `closed`: nothing more to read, or disconnected. `failed`: refused for good. */
export type Connection = "idle" | "connecting" | "open" | "reconnecting" | "closed" | "failed";

export interface FollowOptions {
  /** Opens the stream where reading goes on. Throws an `AlderError`. */
  readonly open: (signal: AbortSignal) => Promise<Response>;
  /** Takes what was read: whether it was news, and whether it was the end of the run. May throw. */
  readonly onFrames: (frames: readonly Frame[]) => "nothing" | "news" | "end";
  readonly onConnection: (connection: Connection, error: AlderError | null) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wake: Wake;
  readonly stallMs: number;
}

/** The server pings every 15 s: after this long, one is missing. */
const STALE_MS = 20_000;

/** Begins at once, without calling back before it returns; returns the way to stop. */
export function followRun(options: FollowOptions): () => void {
  const { clock } = options;
  let connection: AbortController | null = null;
  let openedAt: number | null = null;
  let lastByteAt = 0;
  let failures = 0;
  let notBefore = 0;
  let cancelTimer = (): void => {};
  let isRetryDue = false;

  async function connect(): Promise<void> {
    cancelTimer();
    isRetryDue = false;
    const mine = (connection = new AbortController());
    openedAt = null;
    lastByteAt = clock.now();
    watch(mine);
    try {
      const response = await options.open(mine.signal);
      if (mine !== connection) return;
      openedAt = lastByteAt = clock.now();
      options.onConnection("open", null);
      await read(mine, response);
    } catch (error) {
      giveUp(mine, toConnectionError(error));
    }
  }

  async function read(mine: AbortController, { body }: Response): Promise<void> {
    const frames = createFrameReader();
    const reader = body?.getReader();
    for (;;) {
      const result = await reader?.read();
      if (mine !== connection) return;
      if (!result || result.done) throw lost("it ended before the run did");
      lastByteAt = clock.now();
      const found = frames.read(result.value);
      const outcome = found.length === 0 ? "nothing" : options.onFrames(found);
      // The one who takes them may have stopped it all.
      if (mine !== connection) return;
      if (outcome === "news") failures = 0;
      if (outcome === "end") {
        stop();
        return options.onConnection("closed", null);
      }
    }
  }

  function watch(mine: AbortController): void {
    const dueIn = lastByteAt + options.stallMs - clock.now();
    if (dueIn > 0) cancelTimer = clock.after(dueIn, () => watch(mine));
    else giveUp(mine, stalled(options.stallMs));
  }

  function giveUp(mine: AbortController, error: AlderError): void {
    if (mine !== connection) return;
    drop();
    if (!isTransient(error)) {
      unwake();
      return options.onConnection("failed", error);
    }
    // One that held for long is no sign of trouble, even if the run had nothing to say.
    if (openedAt !== null && clock.now() - openedAt > STALE_MS) failures = 0;
    failures += 1;
    notBefore = clock.now() + retryAfterOf(error);
    const delayMs = Math.max(backoffMs(failures, options.random), retryAfterOf(error));
    isRetryDue = true;
    cancelTimer = clock.after(delayMs, () => void connect());
    options.onConnection("reconnecting", error);
  }

  function onWake(): void {
    const now = clock.now();
    if (isRetryDue) {
      if (now >= notBefore) void connect();
    } else if (connection && now - lastByteAt > STALE_MS) {
      drop();
      options.onConnection("reconnecting", stalled(now - lastByteAt));
      void connect();
    }
  }

  function drop(): void {
    cancelTimer();
    connection?.abort();
    connection = null;
  }

  function stop(): void {
    unwake();
    isRetryDue = false;
    drop();
  }

  const unwake = options.wake(onWake);
  void connect();
  return stop;
}

function toConnectionError(error: unknown): AlderError {
  return error instanceof AlderError ? error : lost(messageOf(error), error);
}

function lost(why: string, cause?: unknown): AlderError {
  return new AlderError(
    "connection_lost",
    `The connection to the run's stream was lost: ${why}. Reading goes on where it stopped.`,
    {
      cause,
    },
  );
}

function stalled(silentMs: number): AlderError {
  const seconds = Math.round(silentMs / 1000);
  const text = `Nothing came through the connection for ${seconds} s, not even a ping: another one is opened.`;
  return new AlderError("connection_stalled", text);
}
