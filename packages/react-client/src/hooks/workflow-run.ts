/** What the hook gives and takes. */
import type {
  AlderError,
  BlockedView,
  BudgetView,
  Divergence,
  ErrorData,
  EtaView,
  InputView,
  RunEvent,
  RunStatus,
  StepView,
  TextOptions,
  UsageView,
} from "@alder/core/protocol";
import type { Client } from "../client.ts";
import type { SignalOptions } from "../http/api.ts";
import type { Connection } from "../stream/follow-run.ts";
import type {
  InputOf,
  ObjectName,
  ObjectOf,
  OutputOf,
  PayloadOf,
  SignalName,
  StartArguments,
  WorkflowTypes,
} from "../workflow-types.ts";
import type { Persist } from "./use-run-id.ts";

/** How a run ended. */
export type RunEnding<W extends WorkflowTypes> =
  | { readonly runId: string; readonly status: "completed"; readonly output: OutputOf<W> }
  | { readonly runId: string; readonly status: "failed"; readonly error: ErrorData }
  | { readonly runId: string; readonly status: "cancelled" };

export interface WorkflowRunOptions<W extends WorkflowTypes = WorkflowTypes> {
  /** A run that was started earlier. Goes before what is persisted, until `start` or `reset`. */
  readonly runId?: string | undefined;
  /** Where the run's id outlives the page; nowhere unless given. */
  readonly persist?: Persist | undefined;
  /** The shortest time between two renders, in milliseconds; 50 unless given. What ends or waits is shown at once. */
  readonly throttleMs?: number | undefined;
  /** False to stay disconnected. */
  readonly enabled?: boolean | undefined;
  /** Each event that is read, in order, before it is rendered; not those that a snapshot stands for. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /** Once for each end that this hook sees, also if the run had ended before the page was opened. */
  readonly onFinish?: ((ending: RunEnding<W>) => void) | undefined;
  /** What the server refused, or that it cannot be read from any more; never the run's own failure. */
  readonly onError?: ((error: AlderError) => void) | undefined;
  /** Goes before the provider's. */
  readonly client?: Client | undefined;
}

/** A signal that the run waits for. */
export interface WaitingInput<N extends string, Payload> extends InputView {
  readonly name: N;
  /** Answers this very input, and no other of its name. Throws `invalid_payload` and `run_ended`. */
  readonly respond: (payload: Payload) => Promise<void>;
}

interface RunBase<W extends WorkflowTypes> {
  /** Undefined while there is no run. */
  readonly runId: string | undefined;
  /** True from a call of `start` to its answer: `status` is still that of the run there was. A second call is a second run. */
  readonly isStarting: boolean;
  /** The last event read. */
  readonly cursor: string | undefined;
  /**
   * Of the connection to the server; says nothing of the run. `idle` also while nobody sees the page; `failed` also for
   * a run of another workflow (`wrong_workflow`).
   */
  readonly connection: Connection;
  /** Why the connection was lost or has failed, or what the server said to the last request it refused. */
  readonly connectionError: AlderError | undefined;
  readonly input: InputOf<W> | undefined;
  /** What the run or one of its steps has said last. */
  readonly message: string | undefined;
  /** `value` is 0 and `max` undefined until told. */
  readonly progress: { readonly value: number; readonly max: number | undefined };
  /** When the run is expected to end; undefined where nobody can tell. `timeLeft(run, Date.now())` counts down. */
  readonly eta: EtaView | undefined;
  /** What its steps say to have used so far; zeros until then. */
  readonly usage: UsageView;
  /** The newest warning that a budget is nearly used up. */
  readonly budget: BudgetView | undefined;
  /** In tree order. */
  readonly steps: readonly StepView[];
  readonly inputs: readonly { [N in SignalName<W>]: WaitingInput<N, PayloadOf<W, N>> }[SignalName<W>][];
  /**
   * Starts a run, which replaces the one there is as soon as the server has taken it; resolves with its id. It
   * is persisted also if the component is gone by then. Throws `invalid_input`, `bad_start`, `unknown_workflow`, `unreachable`; where
   * nobody awaits it, `connectionError` tells, unless another start or a reset has overtaken it.
   */
  readonly start: (...input: StartArguments<W>) => Promise<string>;
  /** While blocked: why. */
  readonly blocked: BlockedView | undefined;
  /** Steps that were executed again with other props, as a worker in development does: for a badge. */
  readonly diverged: readonly Divergence[];
  /** Text that the steps of a name have written so far, joined in tree order. */
  readonly text: (name: string, options?: TextOptions) => string;
  /** What was published under a name, last. */
  readonly object: <N extends ObjectName<W>>(name: N) => ObjectOf<W, N> | undefined;
  /** Throws `invalid_payload`, `run_ended`; `no_run` where there is none. */
  readonly signal: <N extends SignalName<W>>(
    name: N,
    payload: PayloadOf<W, N>,
    options?: SignalOptions,
  ) => Promise<void>;
  /** Asks for a cancel. Throws `run_ended`; `no_run` where there is none. */
  readonly cancel: () => Promise<void>;
  /** Lets a blocked run go on in spite of what `blocked` tells. Throws `run_not_blocked`; `no_run` where there is none. */
  readonly accept: () => Promise<void>;
  /**
   * Lets a run go on that failed or was cancelled; resolves once it is seen to. A page that has seen the run end reads no
   * more of it: another one that shows it learns of the retry when it is loaded again. Throws `run_unfinished`,
   * `run_completed`; `no_run` where there is none.
   */
  readonly retry: () => Promise<void>;
  /** Stops reading; the run goes on. Until `start`, `reset` or another run. */
  readonly disconnect: () => void;
  /** Lets go of the run, which goes on, and forgets its id. */
  readonly reset: () => void;
}

/** A run in the browser. `status` is `"idle"` where there is none, and `"queued"` until its state was read. */
export type WorkflowRun<W extends WorkflowTypes> = RunBase<W> &
  (
    | { readonly status: "completed"; readonly output: OutputOf<W>; readonly error: undefined }
    | { readonly status: "failed"; readonly output: undefined; readonly error: ErrorData }
    | {
        readonly status: "idle" | Exclude<RunStatus, "completed" | "failed">;
        readonly output: undefined;
        readonly error: undefined;
      }
  );
