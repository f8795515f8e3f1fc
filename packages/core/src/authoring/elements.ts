/** The elements that Alder brings. Here is what people import and see; a worker's runtime renders them. */
import type { ReactElement, ReactNode } from "react";
import type { ZodType, z } from "zod";
import type { ErrorData } from "../errors/alder-error.ts";
import { AlderError } from "../errors/alder-error.ts";
import type { Json } from "../internal/json.ts";
import type { AsJson } from "./as-json.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";
import { type Moment, parseMoment } from "../internal/moment.ts";
import { sleepDefinition, timeoutDefinition, waitForDefinition } from "./built-in.ts";
import { type Decision, decisionSchema } from "./decision.ts";
import { define } from "./definition.ts";
import type { LimitPolicy } from "./limit.ts";
import { currentRuntime, type ElementName, type Runtime } from "./runtime.ts";

export interface ChildrenProps {
  readonly children?: ReactNode;
}

/** Children one after the other; its value is that of the last that has one. */
export function Sequence(props: ChildrenProps): ReactElement {
  return renderElement("Sequence", props);
}

export interface ParallelProps extends ChildrenProps {
  /** How many at once, in order; all unless given. */
  readonly limit?: number;
}

/** Children at the same time; its value is the array of theirs. */
export function Parallel(props: ParallelProps): ReactElement {
  return renderElement("Parallel", props);
}

export interface CatchProps extends ChildrenProps {
  /** Shown instead of the children once one has failed; a function is given the error, which is plain data. */
  readonly fallback: ReactNode | ((error: ErrorData) => ReactNode);
}

/** The nearest boundary of a failure below it. */
export function Catch(props: CatchProps): ReactElement {
  return renderElement("Catch", props);
}

/**
 * Tries its children in order: when a step in one has failed, what is left of it is cancelled and the next is tried. Its
 * value is that of the first that does not fail; when all have, it fails with the last error, those before as its `cause`.
 */
export function Fallback(props: ChildrenProps): ReactElement {
  return renderElement("Fallback", props);
}

export interface SuspenseProps extends ChildrenProps {
  /** Shown beside the children, which go on, while something in them is pending. */
  readonly fallback?: ReactNode;
}

export function Suspense(props: SuspenseProps): ReactElement {
  return renderElement("Suspense", props);
}

/** Children at the same time; the first that is done wins, and the others are cancelled. Its value is the winner's. */
export function Race(props: ChildrenProps): ReactElement {
  return renderElement("Race", props);
}

export interface RetryProps extends ChildrenProps {
  /** How often the children are tried altogether, from 1; 2 unless given. */
  readonly attempts?: number;
}

/**
 * Tries its children again when a step in them has failed: the failed step and what failed because of it are executed
 * again, what has finished is kept, and what is under way goes on. The last failure goes on to the nearest `Catch`.
 */
export function Retry(props: RetryProps): ReactElement {
  return renderElement("Retry", props);
}

export interface TimeoutProps extends ChildrenProps {
  /** How long the children may take, from when it is first rendered; in a `Retry`, in each attempt anew. */
  readonly after: Duration;
}

/** Cancels its children when they take too long, and fails with `timeout`. Its value is theirs. */
export function Timeout(props: TimeoutProps): ReactElement {
  return renderElement("Timeout", props);
}
define(Timeout, timeoutDefinition);

export type LimitProps = LimitPolicy & ChildrenProps;

/**
 * Gives its limit to every component step below it, those of nested workflows and of the components themselves included.
 * Its `key` is the limit's; its value is that of its children.
 */
export function Limit(props: LimitProps): ReactElement {
  return renderElement("Limit", props);
}

export type SleepProps = ({ readonly for: Duration } | { readonly until: Moment }) & {
  readonly children?: () => ReactNode;
};

/** Waits that long, or until then. It has no value. Throws `bad_duration` and `bad_time`. */
export function Sleep(props: SleepProps): ReactElement;
export function Sleep(given: SleepProps): unknown {
  const { for: duration, until, ...props } = given as { readonly for: Duration; readonly until?: Moment };
  const wait =
    until === undefined
      ? { ms: parseDuration(duration, "<Sleep for>") }
      : { until: parseMoment(until, "<Sleep until>") };
  return runtimeFor("Sleep").renderStep(sleepDefinition, { ...props, ...wait });
}
define(Sleep, sleepDefinition);

/** Says in a few words what is happening; its children are text. */
export function Status(props: ChildrenProps): ReactElement {
  return renderElement("Status", props);
}

export interface ProgressProps {
  readonly value: number;
  /** What `value` will be at the end, where known. */
  readonly max?: number;
}

export function Progress(props: ProgressProps): ReactElement {
  return renderElement("Progress", props);
}

export interface PublishProps<T> {
  readonly name: string;
  readonly value: T extends AsJson<T> ? T : AsJson<T>;
}

/** Publishes a whole JSON value under a name. */
export function Publish<T>(props: PublishProps<T>): ReactElement {
  return renderElement("Publish", props);
}

export interface OutputProps<T> extends ChildrenProps {
  /** JSON; the value of the children unless given. */
  readonly value?: T extends AsJson<T> ? T : AsJson<T>;
}

/** States the value of its nearest container: a `Sequence`, a `Parallel` or the workflow. */
export function Output<T>(props: OutputProps<T>): ReactElement {
  return renderElement("Output", props);
}

export interface WaitForProps<S extends ZodType> {
  /** Name of the signal. */
  readonly name: string;
  /** Schema of the payload; without it the payload is the JSON that was sent. */
  readonly schema?: S;
  readonly children?: (payload: [S] extends [never] ? Json : z.output<S>) => ReactNode;
}

/** Waits for the next signal of that name; its value is the payload. */
export function WaitFor<S extends ZodType = never>(props: WaitForProps<S>): ReactElement;
export function WaitFor({ schema, ...props }: WaitForProps<ZodType>): unknown {
  return runtimeFor("WaitFor").renderStep(waitForDefinition(schema), props);
}
// The JSX runtime hands its key to what has a definition.
define(WaitFor, waitForDefinition(undefined));

export interface ApprovalProps {
  /** Name of the signal that answers it; its schema in the workflow's `signals` is `decisionSchema`. */
  readonly name: string;
  /** What follows once it is approved; a function is given the decision either way. */
  readonly children?: ReactNode | ((decision: Decision) => ReactNode);
}

/**
 * Waits for a person's decision. Approved, its children follow, and its value is theirs, or the decision; rejected, it
 * fails with `rejected`, unless its child is a function.
 */
export function Approval(props: ApprovalProps): ReactElement;
export function Approval({ children, ...props }: ApprovalProps): unknown {
  const follow = (decision: Decision): unknown => {
    if (typeof children === "function") return children(decision);
    if (!decision.approved) throw rejected(props.name, decision);
    return children ?? decision;
  };
  return runtimeFor("Approval").renderStep(waitForDefinition(decisionSchema), { ...props, children: follow });
}
define(Approval, waitForDefinition(decisionSchema));

function rejected(name: string, { comment }: Decision): AlderError {
  return new AlderError(
    "rejected",
    `<Approval name="${name}"> was rejected${comment === undefined ? "" : `: ${comment}`}`,
    { details: { name } },
  );
}

function renderElement(name: ElementName, props: object): ReactElement {
  return runtimeFor(name).renderElement(name, props) as ReactElement;
}

function runtimeFor(name: string): Runtime {
  const runtime = currentRuntime();
  if (runtime !== undefined) return runtime;
  throw new AlderError(
    "no_runtime",
    `<${name}> was rendered where no worker runs: return it from a workflow's body, and start the workflow.`,
  );
}
