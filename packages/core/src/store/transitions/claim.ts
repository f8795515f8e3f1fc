/**
 * Claiming.
 *
 * 1. A ready run is given to one worker, under a fence that is newer than all before: at least store time, so that it is
 *    so even if the store lost what it had acknowledged.
 * 2. The queue that has waited longest first, one run a turn; within a queue the highest priority, then tenant after
 *    tenant, one run a turn, and of a tenant the oldest run.
 * 3. A run that was lost twice without progress is given only to an idle worker, before all others, as the only one (E8).
 * 4. Whoever asks and finds nothing has taken no lock; journals are read once the run is owned, outside any lock.
 */
import type { Claim, ClaimRequest, ClaimResult } from "../store.ts";
import { ALONE_AFTER, type RunRow, type Tables } from "../tables.ts";
import { CLAIMED, toText } from "./records.ts";
import { toTenant } from "./summary.ts";
import { timeIn, write } from "./write.ts";

/** A claim without what its run has written so far. */
export type TakenRun = Omit<Claim, "journal" | "signals"> & { readonly number: number };

/** What a claim would answer that finds nothing; undefined when there is something. */
export function findNothing(tables: Tables, request: ClaimRequest): ClaimResult | undefined {
  const queues = [...new Set(request.queues)];
  const isThere = request.limit > 0 && queues.some((queue) => tables.hasReady(queue));
  if (isThere || nextAlone(tables, queues, request) !== undefined) return undefined;
  return { claims: [], alone: countAlone(tables, queues) };
}

export function take(
  tables: Tables,
  request: ClaimRequest,
  now: number,
): { readonly taken: readonly TakenRun[]; readonly alone: number } {
  const queues = inTurn(tables, request.queues);
  const alone = nextAlone(tables, queues, request);
  const taken =
    alone === undefined ? takeInTurn(tables, queues, request, now) : [takeRun(tables, alone, request, now)];
  return { taken, alone: countAlone(tables, queues) };
}

/** What the run has written so far. Only its owner writes more, so this may come later. */
export function withJournal(tables: Tables, { number, ...claim }: TakenRun): Claim {
  return { ...claim, journal: tables.readJournal(number), signals: tables.readSignals(number, 0) };
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

function nextAlone(
  tables: Tables,
  queues: readonly string[],
  { idle, limit }: ClaimRequest,
): RunRow | undefined {
  if (!idle || limit < 1) return undefined;
  for (const queue of queues) {
    const run = tables.nextAlone(queue);
    if (run !== undefined) return run;
  }
  return undefined;
}

function takeInTurn(
  tables: Tables,
  queues: readonly string[],
  request: ClaimRequest,
  now: number,
): readonly TakenRun[] {
  const taken: TakenRun[] = [];
  for (let left = queues; left.length > 0;) {
    const served: string[] = [];
    for (const queue of left) {
      if (taken.length >= request.limit) return taken;
      const run = tables.nextReady(queue);
      if (run === undefined) continue;
      taken.push(takeRun(tables, run, request, now));
      served.push(queue);
    }
    left = served;
  }
  return taken;
}

function takeRun(tables: Tables, run: RunRow, { worker, leaseMs }: ClaimRequest, now: number): TakenRun {
  tables.takeTurn(run.queue);
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
