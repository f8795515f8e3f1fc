// Invariants:
// 1. A run that is new is followed, however many began since the last look; one that had ended before the first look is
//    not.
// 2. No event is told twice: one run is followed once at a time, and what was told is known by its number.
// 3. A run that could not be followed to its end is followed again at the next look, and so is one that had ended and goes
//    on, as long as it is among the newest.
import { setMaxListeners } from "node:events";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { hasCode, hasEnded } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { createRunLines, type RunLines } from "./run-lines.ts";

/** How long a run may go unnoticed when the store does not tell of it. */
const lookAgainMs = 1_000;
const pageSize = 50;

type RunPage = Awaited<ReturnType<StoreClient["list"]>>;

interface FollowedRun {
  readonly runId: string;
  /** The number of the last event that was told, or that was there before anybody looked. */
  toldSeq: number;
  /** As of the list by which it was decided to follow it. */
  readonly updatedAt: number;
  isFollowed: boolean;
}

/**
 * Prints a line for each thing that happens in any run until `signal` is aborted; from the moment it resolves nothing is
 * missed.
 */
export async function printRuns(
  store: Store,
  signal: AbortSignal,
  print: (line: string) => void,
  /** What is told of one run. */
  toLines: () => RunLines = createRunLines,
): Promise<void> {
  // Each run that is followed listens, and there may be many.
  setMaxListeners(0, signal);
  const client = createStoreClient(store);
  const followed = new Map<string, FollowedRun>();
  /** Those that may go on: one that has completed never does. */
  const ended = new Map<string, FollowedRun>();
  let newest: readonly string[] | undefined;

  const look = async () => {
    const known = new Set([...(newest ?? []), ...followed.keys()]);
    const first = await client.list({ limit: pageSize });
    const runs = await listUntil(client, first, (runId) => known.has(runId));
    const found: FollowedRun[] = [];
    const over: FollowedRun[] = [];
    for (const [index, { runId, status, updatedAt }] of runs.entries()) {
      const isOver = newest === undefined && hasEnded(status);
      if (isOver && (status === "completed" || index >= pageSize)) continue;
      const toldSeq = newest === undefined ? (await client.run(runId)).tail.seq : 0;
      (isOver ? over : found).push({ runId, toldSeq, updatedAt, isFollowed: false });
    }
    // Only once all was read: what a look that fails has found is found by the next.
    for (const run of over) ended.set(run.runId, run);
    for (const run of found) followed.set(run.runId, run);
    newest = [...runs.map(({ runId }) => runId), ...(newest ?? [])].slice(0, pageSize);
    findReopened(first.runs);
    for (const run of followed.values()) {
      if (!run.isFollowed) void followToEnd(run);
    }
  };
  /** One that changed after it was followed to its end may have gone on, and ended again since: what is new is told. */
  const findReopened = (listed: RunPage["runs"]) => {
    const summaries = new Map(listed.map((summary) => [summary.runId, summary]));
    for (const [runId, run] of ended) {
      const summary = summaries.get(runId);
      if (summary?.updatedAt === run.updatedAt) continue;
      ended.delete(runId);
      if (summary !== undefined) followed.set(runId, { ...run, updatedAt: summary.updatedAt });
    }
  };
  const followToEnd = async (run: FollowedRun) => {
    run.isFollowed = true;
    try {
      const isFinal = await follow({ client, run, signal, print, lines: toLines() });
      followed.delete(run.runId);
      if (!isFinal) ended.set(run.runId, run);
    } catch (error) {
      if (hasCode(error, "unknown_run")) followed.delete(run.runId);
      else complain(error);
    } finally {
      run.isFollowed = false;
    }
  };
  const complain = (error: unknown) => {
    if (!signal.aborted) print(`cannot tell what happens: ${String(error)}`);
  };

  let looking = Promise.resolve();
  const lookSoon = () => {
    looking = looking.then(() => (signal.aborted ? undefined : look())).catch(complain);
  };
  const unwatch = store.watchQueues(lookSoon);
  const timer = setInterval(lookSoon, lookAgainMs);
  signal.addEventListener("abort", () => {
    unwatch();
    clearInterval(timer);
  });
  lookSoon();
  await looking;
}

/** The runs before the first that is known, newest first, from the first page on. */
async function listUntil(client: StoreClient, first: RunPage, isKnown: (runId: string) => boolean) {
  const found = [];
  for (let page = first; ; page = await client.list({ limit: pageSize, cursor: page.cursor })) {
    for (const run of page.runs) {
      if (isKnown(run.runId)) return found;
      found.push(run);
    }
    if (page.cursor === null) return found;
  }
}

interface Following {
  readonly client: StoreClient;
  readonly run: FollowedRun;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly lines: RunLines;
}

/** To the end; true if nothing comes after it. */
async function follow({ client, run, signal, print, lines }: Following): Promise<boolean> {
  let last: string | undefined;
  for await (const { events } of client.follow(run.runId, { signal })) {
    for (const event of events) {
      last = event.type;
      // What was told is not told again, but names what comes.
      const line = lines.toLine(event);
      if (event.seq <= run.toldSeq) continue;
      run.toldSeq = event.seq;
      if (line) print(`${toTime(event.at)}  ${toShortId(run.runId)}  ${line}`);
    }
  }
  return last === "run.completed";
}

function toTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** The end of an id is what tells runs of one minute apart. */
function toShortId(runId: string): string {
  return runId.slice(-6);
}
