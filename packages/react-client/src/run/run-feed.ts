/**
 * What a client knows of one run, and its one connection to it.
 *
 * 1. There is one connection however many look on; it is opened for the first, and kept for `lingerMs` after the last
 *    has left, so that who leaves and comes back (StrictMode, a change of page) does not reconnect.
 * 2. The run's state follows from its stream alone, the connection's from the connection alone.
 * 3. A view that turns out to have no future (`reset`, `event_gap`) is replaced by a snapshot, and shown until then.
 * 4. What listeners throw is theirs: the view is kept before they are called, and reading goes on.
 * 5. A page that has been hidden for `hiddenMs` has no connection, which others of the same browser need: it is `idle`
 *    until it is seen again, and then goes on where it was.
 */
import {
  AlderError,
  emptyView,
  foldAll,
  hasEnded,
  keepText,
  type RunEvent,
  type RunView,
} from "@alder/core/protocol";
import { callListener } from "../call-listener.ts";
import type { Clock } from "../clock.ts";
import type { Api } from "../http/api.ts";
import { followRun, type Connection } from "../stream/follow-run.ts";
import type { Frame } from "../stream/frames.ts";
import { watchHidden, type Visibility } from "../stream/visibility.ts";
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
  readonly visibility: Visibility;
  readonly hiddenMs: number;
  readonly maxText: number;
}

export interface RunFeed {
  readonly channel: (throttleMs: number) => Channel<RunSnapshot>;
  /** Connects, if nobody has yet; returns the undo. */
  retain(): () => void;
  /** Calls back for each event that is read, with the view that they lead to, before any listener of a channel. */
  onEvent(listener: RunEventListener): () => void;
  /** Connects again to a run that has ended and been retried: there is more to read. */
  readOn(): void;
  /** True while nobody looks on and nothing is connected. */
  isIdle(): boolean;
  /** Disconnects, whoever looks on. */
  close(): void;
}

/** Takes an event, and the view that it and what came with it lead to. */
export type RunEventListener = (event: RunEvent, view: RunView) => void;

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
  const eventListeners = new Set<RunEventListener>();
  let needsSnapshot = !options.fromStart;
  let snapshot: RunSnapshot = { runId, view: emptyView(runId), connection: "idle", connectionError: null };
  let retained = 0;
  let stop: (() => void) | null = null;
  let isAsleep = false;
  /** The end that was read is not the last word. */
  let isReopened = false;
  let unwatch: (() => void) | null = null;
  let cancelLinger = (): void => {};

  function change(next: Partial<RunSnapshot>): void {
    const before = snapshot;
    snapshot = { ...before, ...next };
    offer(before);
  }

  function offer(before: RunSnapshot): void {
    const isUrgent =
      snapshot.connection !== before.connection ||
      snapshot.connectionError !== before.connectionError ||
      snapshot.view.status !== before.view.status ||
      snapshot.view.inputs !== before.view.inputs;
    for (const channel of channels.values()) channel.offer(snapshot, isUrgent);
  }

  function onFrames(frames: readonly Frame[]): "nothing" | "news" | "end" {
    const before = snapshot;
    let { view } = before;
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
          // A view that is too large for a snapshot: the events themselves come instead, from the first.
          if (needsSnapshot && frame.event.seq === 1) {
            view = emptyView(runId);
            needsSnapshot = false;
          }
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
    if (options.maxText !== Infinity) view = keepText(view, options.maxText, before.view);
    if (view !== before.view) {
      isReopened = false;
      snapshot = { ...before, view };
      for (const event of news) tell(event, view);
      offer(before);
    }
    if (hasEnded(view.status)) return "end";
    return view === before.view ? "nothing" : "news";
  }

  function tell(event: RunEvent, view: RunView): void {
    for (const listener of Array.from(eventListeners)) callListener(() => listener(event, view));
  }

  function connect(): void {
    cancelLinger();
    // What was refused may be granted to who comes later: a person has signed in, or the run is there by now.
    if (snapshot.connection === "failed") letGo();
    if (stop || isAsleep) return;
    if (!isReopened && hasEnded(snapshot.view.status))
      return change({ connection: "closed", connectionError: null });
    change({ connection: "connecting", connectionError: null });
    stop = followRun({
      ...options,
      open: (signal) =>
        api.openStream(runId, needsSnapshot ? "snapshot" : { after: snapshot.view.cursor }, signal),
      onFrames,
      onConnection: (connection, connectionError) => change({ connection, connectionError }),
    });
    unwatch ??= watchHidden({ ...options, onHidden: sleep, onSeen: wakeUp });
  }

  function letGo(): void {
    stop?.();
    stop = null;
  }

  function sleep(): void {
    if (!stop || snapshot.connection === "closed" || snapshot.connection === "failed") return;
    isAsleep = true;
    letGo();
    change({ connection: "idle", connectionError: null });
  }

  function wakeUp(): void {
    if (!isAsleep) return;
    isAsleep = false;
    // Without anybody who looks on, the time until it is let go of runs already.
    if (retained > 0) connect();
  }

  function disconnect(connection: Connection): void {
    cancelLinger();
    unwatch?.();
    unwatch = null;
    isAsleep = false;
    letGo();
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
      const own: RunEventListener = (event, view) => listener(event, view);
      eventListeners.add(own);
      return () => void eventListeners.delete(own);
    },
    readOn: () => {
      if (!hasEnded(snapshot.view.status)) return;
      isReopened = true;
      letGo();
      if (retained > 0) connect();
    },
    isIdle: () => retained === 0 && stop === null && !isAsleep,
    close: () => disconnect("closed"),
  };
}

function cursorGone({ runId, cursor }: RunView): AlderError {
  const text = `The stream of run "${runId}" has no event ${cursor} any more: it is read again from a snapshot.`;
  return new AlderError("reset", text, { details: { runId, cursor } });
}
