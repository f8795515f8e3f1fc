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

interface FollowedRun {
  readonly runId: string;
  /** The number of the last event that was told, or that was there before anybody looked; absent until that is known. */
  toldSeq?: number;
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
  const ended = new Map<string, FollowedRun>();
  let newest: readonly string[] | undefined;

  const look = async () => {
    const known = new Set([...(newest ?? []), ...followed.keys()]);
    const runs = await listUntil(client, (runId) => known.has(runId));
    const found: FollowedRun[] = [];
    for (const { runId, status } of runs) {
      if (newest !== undefined) found.push({ runId, toldSeq: 0, isFollowed: false });
      else if (hasEnded(status)) ended.set(runId, { runId, isFollowed: false });
      else found.push({ runId, toldSeq: (await client.run(runId)).tail.seq, isFollowed: false });
    }
    // Only once all was read: what a look that fails has found is found by the next.
    for (const run of found) followed.set(run.runId, run);
    newest = [...runs.map(({ runId }) => runId), ...(newest ?? [])].slice(0, pageSize);
    await findReopened();
    for (const run of followed.values()) {
      if (!run.isFollowed) void followToEnd(run);
    }
  };
  const findReopened = async () => {
    if (ended.size === 0) return;
    const { runs } = await client.list({ limit: pageSize });
    const statuses = new Map(runs.map(({ runId, status }) => [runId, status]));
    for (const [runId, run] of ended) {
      const status = statuses.get(runId);
      if (status !== undefined && hasEnded(status)) continue;
      ended.delete(runId);
      if (status !== undefined) followed.set(runId, run);
    }
  };
  const followToEnd = async (run: FollowedRun) => {
    run.isFollowed = true;
    try {
      await follow({ client, run, signal, print, lines: toLines() });
      followed.delete(run.runId);
      ended.set(run.runId, run);
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

/** The runs before the first that is known, newest first. */
async function listUntil(client: StoreClient, isKnown: (runId: string) => boolean) {
  const found = [];
  let cursor: string | null = null;
  do {
    const page = await client.list({ limit: pageSize, ...(cursor !== null && { cursor }) });
    for (const run of page.runs) {
      if (isKnown(run.runId)) return found;
      found.push(run);
    }
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

interface Following {
  readonly client: StoreClient;
  readonly run: FollowedRun;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly lines: RunLines;
}

async function follow({ client, run, signal, print, lines }: Following): Promise<void> {
  run.toldSeq ??= (await client.run(run.runId)).tail.seq;
  for await (const { events } of client.follow(run.runId, { signal })) {
    for (const event of events) {
      // What was told is not told again, but names what comes.
      const line = lines.toLine(event);
      if (event.seq <= run.toldSeq) continue;
      run.toldSeq = event.seq;
      if (line) print(`${toTime(event.at)}  ${toShortId(run.runId)}  ${line}`);
    }
  }
}

function toTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** The end of an id is what tells runs of one minute apart. */
function toShortId(runId: string): string {
  return runId.slice(-6);
}
