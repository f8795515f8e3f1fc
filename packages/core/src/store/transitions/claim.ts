/**
 * Claiming.
 *
 * 1. A ready run is given to one worker, under a fence that is newer than all before: at least store time, so that it is
 *    so even if the store lost what it had acknowledged.
 * 2. Oldest run first within a queue; the queue that has waited longest first, one run a turn.
 * 3. A run that was lost twice without progress is given only to an idle worker, before all others, as the only one (E8).
 * 4. Whoever asks and finds nothing has taken no lock; journals are read once the run is owned, outside any lock.
 */
import type { Claim, ClaimRequest, ClaimResult } from "../store.ts";
import { ALONE_AFTER, type RunRow, type Tables } from "../tables.ts";
import { toTenant } from "./create-run.ts";
import { CLAIMED, toText } from "./records.ts";
import { timeIn, write } from "./write.ts";

/** A claim without what its run has written so far. */
export type TakenRun = Omit<Claim, "journal" | "signals"> & { readonly number: number };

/** What a claim would answer that finds nothing; undefined when there is something. */
export function findNothing(tables: Tables, request: ClaimRequest): ClaimResult | undefined {
  const queues = [...new Set(request.queues)];
  const runs = choose(tables, queues, { ...request, limit: Math.min(1, request.limit) });
  return runs.length > 0 ? undefined : { claims: [], alone: countAlone(tables, queues) };
}

export function take(
  tables: Tables,
  request: ClaimRequest,
  now: number,
): { readonly taken: readonly TakenRun[]; readonly alone: number } {
  const queues = inTurn(tables, request.queues);
  const taken = choose(tables, queues, request).map((run) => {
    tables.takeTurn(run.queue);
    return takeRun(tables, run, request, now);
  });
  return { taken, alone: countAlone(tables, queues) };
}

/** What the run has written so far. Only its owner writes more, so this may come later. */
export function withJournal(tables: Tables, { number, ...claim }: TakenRun): Claim {
  return { ...claim, journal: tables.readJournal(number), signals: tables.readSignals(number, 0) };
}

function choose(tables: Tables, queues: readonly string[], request: ClaimRequest): readonly RunRow[] {
  return pickAlone(tables, queues, request) ?? pick(tables, queues, request.limit);
}

function countAlone(tables: Tables, queues: readonly string[]): number {
  return queues.reduce((sum, queue) => sum + tables.countAlone(queue), 0);
}

/** The queue that was served least recently first; of those never served, as they were asked for. */
function inTurn(tables: Tables, queues: readonly string[]): readonly string[] {
  return [...new Set(queues)]
    .map((queue) => ({ queue, turn: tables.findTurn(queue) }))
    .toSorted((left, right) => left.turn - right.turn)
    .map(({ queue }) => queue);
}

function pickAlone(
  tables: Tables,
  queues: readonly string[],
  { idle, limit }: ClaimRequest,
): readonly RunRow[] | undefined {
  if (!idle || limit < 1) return undefined;
  for (const queue of queues) {
    const runs = tables.readyRuns(queue, true, 1);
    if (runs.length > 0) return runs;
  }
  return undefined;
}

function pick(tables: Tables, queues: readonly string[], limit: number): readonly RunRow[] {
  const ready = queues.map((queue) => (limit > 0 ? tables.readyRuns(queue, false, limit) : []));
  const picked: RunRow[] = [];
  for (let turn = 0; picked.length < limit; turn++) {
    const round = ready.flatMap((runs) => runs[turn] ?? []);
    if (round.length === 0) break;
    picked.push(...round.slice(0, limit - picked.length));
  }
  return picked;
}

function takeRun(tables: Tables, run: RunRow, { worker, leaseMs }: ClaimRequest, now: number): TakenRun {
  const at = timeIn(run, now);
  const fence = Math.max(run.fence + 1, now);
  const execution = run.execution + 1;
  const event = run.wasLost
    ? ({ type: "run.recovered", worker, execution, reason: "worker_lost" } as const)
    : ({ type: "run.started", worker, execution } as const);
  write(
    tables,
    run,
    [toText({ event, entry: CLAIMED })],
    { fence, at },
    {
      phase: "owned",
      owner: worker,
      fence,
      leaseUntil: now + leaseMs,
      execution,
      wasLost: false,
      wakeAt: null,
    },
  );
  const { input, salt } = tables.readInput(run.number);
  return {
    number: run.number,
    token: { runId: run.runId, fence },
    workflow: run.workflow,
    tenant: toTenant(run.tenant),
    input,
    salt,
    createdAt: run.createdAt,
    execution,
    recoveries: run.recoveries,
    alone: run.recoveries >= ALONE_AFTER,
    tail: run.tail.seq + 1,
    cancelRequested: run.cancelRequested,
  };
}
