/** The elements that Alder brings. Here is what people import and see; a worker's runtime renders them. */
import type { ReactElement, ReactNode } from "react";
import type { ZodType, z } from "zod";
import type { ErrorData } from "../errors/alder-error.ts";
import { AlderError } from "../errors/alder-error.ts";
import type { Json } from "../internal/json.ts";
import type { AsJson } from "./as-json.ts";
import { waitForDefinition } from "./built-in.ts";
import { define } from "./definition.ts";
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

export interface SuspenseProps extends ChildrenProps {
  /** Shown beside the children, which go on, while something in them is pending. */
  readonly fallback?: ReactNode;
}

export function Suspense(props: SuspenseProps): ReactElement {
  return renderElement("Suspense", props);
}

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
