/** What a browser knows of a workflow: types, by a type-only import; nothing of a worker is loaded. */

import type { StartOptions } from "./http/start-headers.ts";

/** Structural, so that `typeof Article` fits whatever else it is. */
export interface WorkflowTypes {
  readonly name: string;
  readonly "~types": {
    readonly input: unknown;
    readonly wire: unknown;
    readonly signals: object;
    readonly streams: object;
  };
}

/** A workflow of which nothing is known. */
export interface UntypedWorkflow extends WorkflowTypes {
  readonly "~types": {
    readonly input: unknown;
    readonly wire: unknown;
    readonly signals: Readonly<Record<string, unknown>>;
    readonly streams: Readonly<Record<string, unknown>>;
  };
}

/** Workflows by the names they are started by. */
export interface WorkflowsByName {
  readonly [name: string]: UntypedWorkflow;
}

type Types<W extends WorkflowTypes> = W["~types"];

/** What a start takes. */
export type InputOf<W extends WorkflowTypes> = Types<W>["input"];
/** What a run's output is on the wire. */
export type OutputOf<W extends WorkflowTypes> = Types<W>["wire"];
export type SignalName<W extends WorkflowTypes> = keyof Types<W>["signals"] & string;
/** What a signal carries. */
export type PayloadOf<W extends WorkflowTypes, N extends SignalName<W>> = WireOf<Types<W>["signals"][N]>;
export type ObjectName<W extends WorkflowTypes> = keyof Types<W>["streams"] & string;
/** What is published under a name. */
export type ObjectOf<W extends WorkflowTypes, N extends ObjectName<W>> = WireOf<Types<W>["streams"][N]>;

/** What a start is called with. An input whose properties are all optional may be left out. */
export type StartArguments<W extends WorkflowTypes> =
  {} extends InputOf<W>
    ? [input?: InputOf<W>, options?: StartOptions]
    : [input: InputOf<W>, options?: StartOptions];

/** Re-keys an array or a module of workflows by the names they are started by. */
export type ByName<R> = {
  readonly [W in Members<R> as W extends WorkflowTypes ? W["name"] : never]: W;
};

type Members<R> = R extends readonly unknown[] ? R[number] : R[keyof R];

/** A schema's encoded side: what crosses the wire. */
type WireOf<S> = S extends {
  readonly "~standard": { readonly types?: { readonly input: infer I } | undefined };
}
  ? I
  : unknown;
