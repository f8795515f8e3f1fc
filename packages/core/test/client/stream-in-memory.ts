import type { EventsPage, RunNews, Store } from "@alder/core/store";
import type { RunEvent, RunStatus } from "@alder/core/protocol";

/** A stream in memory, and a store of which nothing but its reading exists. */
export function createStream() {
  const events: RunEvent[] = [];
  const watchers = new Set<(news: RunNews) => void>();
  let status: RunStatus = "running";
  let reads = 0;
  /** Runs when a page was taken from the stream and has not been handed to its reader yet. */
  let whileReading = (): void => {};

  const store = {
    readEvents: async (_runId: string, after: { seq: number }, limit: number): Promise<EventsPage> => {
      reads += 1;
      if (after.seq > events.length) return { outcome: "reset" };
      const page = events.slice(after.seq, after.seq + limit);
      const atTail = after.seq + page.length === events.length;
      const result: EventsPage = { outcome: "events", events: page, status, atTail };
      whileReading();
      await Promise.resolve();
      return result;
    },
    watchRun: (_runId: string, onChange: (news: RunNews) => void) => {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
  } as Partial<Store> as Store;

  return {
    store,
    watches: () => watchers.size,
    reads: () => reads,
    whileReading: (act: () => void) => {
      whileReading = act;
    },
    write: (count = 1): void => {
      for (let index = 0; index < count; index += 1) {
        const seq = events.length + 1;
        events.push({ seq, fence: 1, at: 0, type: "status", message: String(seq), step: null });
      }
      for (const onChange of watchers) onChange("events");
    },
    end: (): void => {
      events.push({ seq: events.length + 1, fence: 1, at: 0, type: "run.completed", output: null });
      status = "completed";
      for (const onChange of watchers) onChange("anything");
    },
    /** The store goes back by so many events. */
    lose: (count: number): void => {
      events.length -= count;
      for (const onChange of watchers) onChange("anything");
    },
    length: () => events.length,
  };
}
