/**
 * What a client knows of one run, and its one connection to it.
 *
 * 1. There is one connection however many look on; it is opened for the first, and kept for `lingerMs` after the last
 *    has left, so that who leaves and comes back (StrictMode, a change of page) does not reconnect.
 * 2. The run's state follows from its stream alone, the connection's from the connection alone.
 * 3. A view that turns out to have no future (`reset`, `event_gap`) is replaced by a snapshot, and shown until then.
 */
import { AlderError, emptyView, foldAll, hasEnded, type RunEvent, type RunView } from "@alder/core/protocol";
import type { Clock } from "../clock.ts";
import type { Api } from "../http/api.ts";
import { followRun, type Connection } from "../stream/follow-run.ts";
import type { Frame } from "../stream/frames.ts";
import type { Wake } from "../stream/wake.ts";
import { createChannel, type Channel } from "./channel.ts";

/** The state of a run and of the connection to it. The same object until something has changed. */
export interface RunSnapshot {
  readonly runId: string;
  /** Everything there is to see of the run; its `seq` is 0 until something was read. */
  readonly view: RunView;
  readonly connection: Connection;
  /** Why it is reconnecting or has failed. */
  readonly connectionError: AlderError | null;
}

export interface FeedSettings {
  readonly api: Api;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wake: Wake;
  readonly stallMs: number;
  readonly lingerMs: number;
}

export interface RunFeed {
  readonly channel: (throttleMs: number) => Channel<RunSnapshot>;
  /** Connects, if nobody has yet; returns the undo. */
  retain(): () => void;
  /** Calls back for each event that is read, before any listener of a channel. */
  onEvent(listener: (event: RunEvent) => void): () => void;
  /** True while nobody looks on and nothing is connected. */
  isIdle(): boolean;
  /** Disconnects, whoever looks on. */
  close(): void;
}

export interface FeedOptions extends FeedSettings {
  readonly runId: string;
  /** True to read every event from the first; else it begins with a snapshot. */
  readonly fromStart: boolean;
  /** Nobody looks on any more, and the connection is closed. */
  readonly onIdle: () => void;
}

export function createRunFeed(options: FeedOptions): RunFeed {
  const { runId, api, clock } = options;
  const channels = new Map<number, Channel<RunSnapshot>>();
  const eventListeners = new Set<(event: RunEvent) => void>();
  let needsSnapshot = !options.fromStart;
  let snapshot: RunSnapshot = { runId, view: emptyView(runId), connection: "idle", connectionError: null };
  let retained = 0;
  let stop: (() => void) | null = null;
  let cancelLinger = (): void => {};

  function change(next: Partial<RunSnapshot>): void {
    const before = snapshot;
    snapshot = { ...before, ...next };
    const isUrgent =
      snapshot.connection !== before.connection ||
      snapshot.connectionError !== before.connectionError ||
      snapshot.view.status !== before.view.status ||
      snapshot.view.inputs !== before.view.inputs;
    for (const channel of channels.values()) channel.offer(snapshot, isUrgent);
  }

  function onFrames(frames: readonly Frame[]): "nothing" | "news" | "end" {
    const before = snapshot.view;
    let view = before;
    let batch: RunEvent[] = [];
    const news: RunEvent[] = [];
    const foldBatch = (): void => {
      const { seq } = view;
      view = foldAll(view, batch);
      news.push(...batch.filter((event) => event.seq > seq));
      batch = [];
    };
    try {
      for (const frame of frames) {
        if (frame.type === "event") {
          batch.push(frame.event);
          continue;
        }
        foldBatch();
        if (frame.type === "reset") throw cursorGone(view);
        view = frame.view;
        needsSnapshot = false;
      }
      foldBatch();
    } catch (error) {
      needsSnapshot = true;
      throw error;
    }
    for (const event of news) tell(event);
    if (view !== before) change({ view });
    if (hasEnded(view.status)) return "end";
    return view === before ? "nothing" : "news";
  }

  function tell(event: RunEvent): void {
    for (const listener of Array.from(eventListeners)) listener(event);
  }

  function connect(): void {
    cancelLinger();
    if (stop) return;
    if (hasEnded(snapshot.view.status)) return change({ connection: "closed", connectionError: null });
    change({ connection: "connecting", connectionError: null });
    stop = followRun({
      ...options,
      open: (signal) =>
        api.openStream(runId, needsSnapshot ? "snapshot" : { after: snapshot.view.cursor }, signal),
      onFrames,
      onConnection: (connection, connectionError) => change({ connection, connectionError }),
    });
  }

  function disconnect(connection: Connection): void {
    cancelLinger();
    stop?.();
    stop = null;
    const isOver = hasEnded(snapshot.view.status);
    if (snapshot.connection !== "failed")
      change({ connection: isOver ? "closed" : connection, connectionError: null });
  }

  return {
    channel: (throttleMs) => {
      const channel = channels.get(throttleMs) ?? createChannel(snapshot, throttleMs, clock);
      channels.set(throttleMs, channel);
      return channel;
    },
    retain: () => {
      retained += 1;
      connect();
      let isRetained = true;
      return () => {
        if (!isRetained) return;
        isRetained = false;
        if (--retained > 0) return;
        cancelLinger = clock.after(options.lingerMs, () => {
          disconnect("idle");
          options.onIdle();
        });
      };
    },
    onEvent: (listener) => {
      const own = (event: RunEvent): void => listener(event);
      eventListeners.add(own);
      return () => void eventListeners.delete(own);
    },
    isIdle: () => retained === 0 && stop === null,
    close: () => disconnect("closed"),
  };
}

function cursorGone({ runId, cursor }: RunView): AlderError {
  const text = `The stream of run "${runId}" has no event ${cursor} any more: it is read again from a snapshot.`;
  return new AlderError("reset", text, { details: { runId, cursor } });
}
