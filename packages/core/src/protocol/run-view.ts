import type { ErrorData } from "../errors/alder-error.ts";
import type { Divergence, StepKind, WaitReason } from "./events.ts";
import type { Json, JsonObject } from "./json.ts";

export type RunStatus =
  | "queued"
  | "running"
  | "waiting"
  | "blocked"
  | "cancelling"
  | "completed"
  | "failed"
  | "cancelled";

export type EndStatus = "completed" | "failed" | "cancelled";

/** True for the states a run does not leave by itself. */
export function hasEnded(status: RunStatus): status is EndStatus {
  return status === "completed" || status === "failed" || status === "cancelled";
}

export interface ProgressView {
  readonly value: number;
  readonly max: number | null;
}

export interface UsageView {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In the currency the author reports in. */
  readonly cost: number;
}

export type StepStatus = "waiting" | "running" | "retrying" | "completed" | "failed" | "cancelled";

/** What a step waits for before it executes. Times are milliseconds since the epoch, store time. */
export interface StepWaitView {
  readonly reason: WaitReason;
  /** Key of the limit; null where it waits for a value that another step is making. */
  readonly limit: string | null;
  readonly since: number;
  /** When it may go on, where that is known. */
  readonly until: number | null;
  /** How many of the limit's line came first when this was told; null where there is no line. */
  readonly ahead: number | null;
}

export interface StepView {
  readonly id: string;
  /** The enclosing step; null directly in the run's workflow. */
  readonly parent: string | null;
  readonly name: string;
  readonly key: string | null;
  readonly kind: StepKind;
  readonly place: readonly number[];
  readonly status: StepStatus;
  readonly attempt: number;
  readonly message: string | null;
  readonly progress: ProgressView | null;
  /** Text written so far by the newest attempt, by stream name; the default stream is `"text"`. */
  readonly streams: Readonly<Record<string, string>>;
  /** How many characters were left out before the text of a stream, by its name, where a reader keeps only so much. */
  readonly omitted?: Readonly<Record<string, number>>;
  readonly output?: Json;
  readonly error: ErrorData | null;
  readonly usage: UsageView | null;
  /** Since it has failed and its fallback is executed, or was. */
  readonly fallback: FallbackView | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When the next attempt starts, while `retrying`. */
  readonly retryAt: number | null;
  /** While `waiting`: what for. */
  readonly waiting: StepWaitView | null;
  /** When its output was made, where it was not executed because that was in the cache. */
  readonly cachedAt: number | null;
}

/** A workflow has used most of its budget. */
export interface BudgetView {
  /** The nested workflow whose budget it is; null for the run's own. */
  readonly step: string | null;
  readonly unit: "tokens" | "cost";
  /** When the warning was given. */
  readonly used: number;
  readonly budget: number;
}

/** What takes a step's place that has failed. */
export interface FallbackView {
  /** Name of the component; null for a function. */
  readonly to: string | null;
  readonly error: ErrorData;
}

/** A signal the run waits for. */
export interface InputView {
  /** The waiting step. */
  readonly id: string;
  readonly name: string;
  readonly schema?: Json;
  readonly requestedAt: number;
}

export interface LogView {
  readonly at: number;
  readonly level: "debug" | "info" | "notice" | "warn" | "error";
  readonly message: string;
  readonly fields?: Readonly<Record<string, Json>>;
  readonly step: string | null;
}

/** Why a run is blocked (E4). */
export interface BlockedView {
  /** For people. */
  readonly message: string;
  /** Null when the build threw instead. */
  readonly divergence: Divergence | null;
  readonly error: ErrorData | null;
}

/** When a run is expected to end. Times are milliseconds since the epoch, store time. */
export interface EtaView {
  readonly endsAt: number;
  /** In four of five cases it ends between `earliestAt` and `latestAt`. */
  readonly earliestAt: number;
  /** Null where it is not known how much is still to come: the run will not have ended sooner than about `endsAt`. */
  readonly latestAt: number | null;
  /** How many runs of the past this rests on; 0: on what the author expects. */
  readonly runs: number;
  /** People will be waited for, which may take any time: it is not in these. */
  readonly waits: boolean;
}

/** Everything a person can see of a run: the fold of its stream. Plain JSON, immutable, shared structurally. */
export interface RunView {
  readonly runId: string;
  /** Empty until the first event was folded. */
  readonly workflow: string;
  /** For whom it was started; null for nobody in particular. */
  readonly tenant: string | null;
  /** Of the runs that wait for a worker in a queue, the highest goes first; 0 unless given. */
  readonly priority: number;
  /** What it is found by. */
  readonly tags: readonly string[];
  /** What was noted with the start; the run itself does not see it. */
  readonly metadata: JsonObject;
  readonly status: RunStatus;
  /** The last event folded; 0 before the first. */
  readonly seq: number;
  /** Where to go on reading; `"0-0"` before the first event. */
  readonly cursor: string;
  readonly input?: Json;
  readonly message: string | null;
  readonly progress: ProgressView | null;
  readonly steps: Readonly<Record<string, StepView>>;
  readonly objects: Readonly<Record<string, Json>>;
  readonly inputs: readonly InputView[];
  /** The newest 100. */
  readonly logs: readonly LogView[];
  readonly usage: UsageView;
  /** The newest warning that a budget is nearly used up. */
  readonly budget: BudgetView | null;
  readonly output?: Json;
  readonly error: ErrorData | null;
  /** How many workers have taken the run so far. */
  readonly executions: number;
  /** How many of these because another worker was lost. */
  readonly recoveries: number;
  readonly queuedAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** While waiting: when it goes on by itself, as a timer is due, or in a second its turn at a limit. */
  readonly waitingUntil: number | null;
  /** Null where nobody can tell: nothing is known of such runs, or it waits for people. Read it with `timeLeft`. */
  readonly eta: EtaView | null;
  /** While blocked: what by. */
  readonly blocked: BlockedView | null;
  /** Steps that were executed again with other props, as the worker was told to rerun them: the newest 20. */
  readonly diverged: readonly Divergence[];
}
