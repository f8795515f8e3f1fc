/**
 * Executes a run again from the journal of its whole life, and tells where that leads elsewhere than the run went: what
 * its worker would have done again after a crash (E1, E2).
 *
 * 1. It starts no component and writes nothing: all that it would have written is kept here.
 * 2. It never waits for a clock: what is due at the end of the journal is due, and nothing else will be.
 */
import type { Divergence, EventBody } from "../protocol/events.ts";
import type { Clock } from "../internal/clock.ts";
import { toErrorData } from "../errors/error-data.ts";
import { hasCode } from "../errors/alder-error.ts";
import { canonicalJson } from "../internal/canonical-json.ts";
import type { StepCall } from "./call.ts";
import { createRun } from "./execute-run.ts";
import { isResult, type Applied, type JournalEntry } from "./journal-entry.ts";
import type { Run, RunEnd, RunOptions } from "./run.ts";
import { neverAsked } from "./unclaimed.ts";

/** A run that has ended, as far as it follows from its journal. */
export interface EndedRun extends Pick<
  RunOptions,
  | "runId"
  | "workflow"
  | "tenant"
  | "input"
  | "salt"
  | "createdAt"
  | "journal"
  | "strict"
  | "maxValueLength"
  | "substitute"
> {
  /** Null of a run that has not ended. */
  readonly end: RunEnd | null;
}

export interface ReplayedStep {
  readonly name: string;
  readonly key: string | null;
  /** Canonical JSON, a pending call as its identity. */
  readonly props: string;
}

/** Where a replay leads elsewhere than the run went. */
export interface ReplayDifference {
  readonly runId: string;
  readonly workflow: string;
  /** Steps that have finished and would be executed again, with other props. */
  readonly changed: readonly Divergence[];
  /** Other steps that have finished and that nobody asks for any more. */
  readonly notAsked: readonly ReplayedStep[];
  /** Other steps that are asked for and have not finished. */
  readonly notFinished: readonly ReplayedStep[];
  /** How the run ended and how the replay did; null where that is the same. */
  readonly end: { readonly was: RunEnd | null; readonly is: RunEnd | null } | null;
  /** What would be said in the stream a second time. */
  readonly said: readonly EventBody[];
}

export interface Replay {
  /** Null where the replay leads where the run went. */
  readonly difference: Promise<ReplayDifference | null>;
  /** Gives it up: `difference` never resolves. */
  stop(): void;
}

export function replayRun({ end, ...options }: EndedRun): Replay {
  const wouldWrite: { readonly event: EventBody; readonly entry: JournalEntry }[] = [];
  let resolve!: (difference: ReplayDifference | null) => void;
  const difference = new Promise<ReplayDifference | null>((settle) => (resolve = settle));
  const compare = (is: RunEnd | null): void => resolve(differenceOf(run, end, is, wouldWrite));
  const never = new Promise<never>(() => {});
  const { run, handle } = createRun({
    ...options,
    signals: [],
    clock: clockAt(options.journal.at(-1)?.at ?? options.createdAt),
    random: () => 0,
    cancelGraceMs: 0,
    onDivergence: "rerun",
    outlet: {
      emit() {},
      write(event, entry) {
        wouldWrite.push({ event, entry });
        return never;
      },
      ready: () => undefined,
    },
    listener: {
      onEnd: compare,
      onIdle: () => compare(null),
      onBlocked: () => compare(null),
      onDrained: () => compare(null),
    },
  });
  handle.drain();
  return {
    difference: difference.finally(() => handle.stop()),
    stop: () => handle.stop(),
  };
}

function differenceOf(
  run: Run,
  was: RunEnd | null,
  is: RunEnd | null,
  wouldWrite: readonly { readonly event: EventBody; readonly entry: JournalEntry }[],
): ReplayDifference | null {
  const changed: Divergence[] = [];
  const said: EventBody[] = [];
  const notFinished =
    was !== null && is === null ? [...run.calls.values()].filter(isUnfinished).map(stepOf) : [];
  for (const { event, entry } of wouldWrite) {
    if (event.type === "run.diverged") changed.push(event.divergence);
    else if (entry.t === "usage" || (entry.t === "said" && !entry.key.startsWith("unclaimed|")))
      said.push(event);
    else if (isResult(entry as Applied)) notFinished.push(stepOf(entry as StepLike));
  }
  const notAsked = [...neverAsked(run)].filter(({ seq }) => !run.ledger.accepted.has(seq)).map(stepOf);
  const isSameEnd = haveSameEnd(was, is, notFinished.length + notAsked.length + changed.length > 0);
  if (isSameEnd && changed.length + said.length + notFinished.length + notAsked.length === 0) return null;
  const { runId, workflow } = run.options;
  return {
    runId,
    workflow: workflow.name,
    changed,
    notAsked,
    notFinished: withoutChanged(notFinished, changed),
    end: isSameEnd ? null : { was, is },
    said,
  };
}

function haveSameEnd(was: RunEnd | null, is: RunEnd | null, differs: boolean): boolean {
  if (was === null) return is === null;
  // These ends are in no journal: a run that is stuck just comes to rest, and one that only waited was cancelled by the store.
  if (is === null) {
    return (
      !differs && (was.status === "cancelled" || (was.status === "failed" && hasCode(was.error, "stuck")))
    );
  }
  if (was.status === "completed" && is.status === "completed") {
    return canonicalJson(was.output, "output") === canonicalJson(is.output, "output");
  }
  if (was.status === "failed" && is.status === "failed") {
    const [one, other] = [toErrorData(was.error), toErrorData(is.error)];
    return one.name === other.name && one.message === other.message && one.code === other.code;
  }
  return was.status === is.status;
}

function isUnfinished(call: StepCall): boolean {
  return call.isLeaf && call.status === "pending" && !call.dead && call.retains > 0 && call.hasReadyProps();
}

/** A step is told of once. */
function withoutChanged(
  steps: readonly ReplayedStep[],
  changed: readonly Divergence[],
): readonly ReplayedStep[] {
  const told = changed.map(({ step, key }) => JSON.stringify([step, key]));
  return steps.filter(({ name, key }) => {
    const index = told.indexOf(JSON.stringify([name, key]));
    if (index >= 0) told.splice(index, 1);
    return index < 0;
  });
}

type StepLike = { readonly name: string; readonly key?: string; readonly props: string };

function stepOf(step: StepCall | StepLike): ReplayedStep {
  if ("definition" in step) {
    return { name: step.definition.name, key: step.key ?? null, props: step.content };
  }
  return { name: step.name, key: step.key ?? null, props: step.props };
}

function clockAt(now: number): Clock {
  return {
    now: () => now,
    setTimeout: (run, delayMs) => (delayMs > 0 ? 0 : setTimeout(run, 0)),
    clearTimeout(timer) {
      if (timer !== 0) clearTimeout(timer as NodeJS.Timeout);
    },
  };
}
