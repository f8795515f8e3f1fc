/**
 * Workflow programs as data: what the generator makes, the builder turns into a workflow, and the interpreter reads.
 *
 * Every step has a `site`, the place in the program where it is written. It is among its props, so two steps are the same
 * step only where a program repeats a site on purpose: in a loop, in a list of keyed copies, as twins.
 */
import type { Json } from "@alder/core";

/** What a variable holds, or text. A name that nothing was given under stands for null. */
export type Expression =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "list"; readonly of: readonly Expression[] };

/** A prop: data, a call made in place, or a call that a variable holds. */
export type Prop =
  | Expression
  | { readonly kind: "pending"; readonly call: ProgramCall }
  | { readonly kind: "held"; readonly name: string };

/** `Flaky` fails its first executions, `Stubborn` its first attempts, `Bad` always; `Words` streams; `Contextual` reads
 * a context; `Inline` is a `step.run`; `Spare` is only fallen back to. */
export type LeafName =
  | "Spare"
  | "Work"
  | "Contextual"
  | "Inline"
  | "Other"
  | "Words"
  | "Bad"
  | "Flaky"
  | "Stubborn";

/** What a leaf falls back to: a component that is given the same, or a function that makes a value of the error. */
export type FallbackName = "Spare" | "Bad" | "value";

export interface LeafCall {
  readonly kind: "leaf";
  readonly name: LeafName;
  readonly site: string;
  readonly v: Prop;
  readonly key?: string;
  readonly fails?: number;
  /** In order. */
  readonly fallbacks?: readonly FallbackName[];
  /** How long its attempts may take altogether. */
  readonly totalMs?: number;
  /** A plain value that is among its props, and that nothing it gives depends on. */
  readonly nonce?: "uuid" | "random" | "now";
}

/** A workflow or a component with a body of its own, which finds `v` under the name `input`. */
export interface NestedCall {
  readonly kind: "nested";
  readonly site: string;
  readonly v: Prop;
  readonly key?: string;
  readonly body: Body;
}

export interface SleepCall {
  readonly kind: "sleep";
  readonly ms: number;
  readonly key?: string;
}

export interface WaitCall {
  readonly kind: "wait";
  readonly signal: string;
  readonly key?: string;
}

/** Calls that can be elements. */
export type StepCall = LeafCall | NestedCall | SleepCall | WaitCall;

export interface CombinedCall {
  readonly kind: "combined";
  readonly how: "all" | "race" | "settled";
  readonly of: readonly ProgramCall[];
  readonly isNamed?: boolean;
}

/** `render(tree)`, in async bodies only. */
export interface RenderCall {
  readonly kind: "render";
  readonly key?: string;
  readonly tree: Tree;
}

export type ProgramCall = StepCall | CombinedCall | RenderCall;

interface Keyable {
  readonly key?: string;
}

export type Tree =
  | {
      readonly kind: "step";
      readonly call: StepCall;
      readonly then?: { readonly name: string; readonly tree: Tree };
    }
  | (Keyable & {
      readonly kind: "sequence" | "race" | "fallback" | "suspense" | "plain";
      readonly children: readonly Tree[];
    })
  | { readonly kind: "limit"; readonly concurrency: number; readonly children: readonly Tree[] }
  | (Keyable & { readonly kind: "parallel"; readonly limit?: number; readonly children: readonly Tree[] })
  | (Keyable & {
      readonly kind: "catch";
      readonly children: readonly Tree[];
      readonly name: string;
      readonly fallback: Tree;
    })
  | (Keyable & { readonly kind: "retry"; readonly attempts: number; readonly children: readonly Tree[] })
  | (Keyable & { readonly kind: "timeout"; readonly ms: number; readonly children: readonly Tree[] })
  | (Keyable & { readonly kind: "context"; readonly value: Expression; readonly children: readonly Tree[] })
  | { readonly kind: "output"; readonly value: Expression }
  | { readonly kind: "output tree"; readonly tree: Tree }
  | { readonly kind: "status"; readonly text: string }
  /** Data instead of a tree: only what a body, a fallback or a function child returns. */
  | { readonly kind: "data"; readonly value: Expression };

export type Statement =
  /** `const name = use(call)`, or `await` */
  | { readonly kind: "get"; readonly name: string; readonly call: ProgramCall }
  /** `const name = call` */
  | { readonly kind: "hold"; readonly name: string; readonly call: ProgramCall }
  /** `const name = use(held)`, or `await` */
  | { readonly kind: "take"; readonly name: string; readonly held: string }
  // ---- in async bodies only
  | {
      readonly kind: "loop";
      readonly count: number;
      readonly name: string;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "try";
      readonly name: string;
      readonly body: readonly Statement[];
      readonly caught: readonly Statement[];
    }
  | {
      readonly kind: "chains";
      readonly count: number;
      readonly index: string;
      readonly name: string;
      readonly body: readonly Statement[];
      readonly result: Expression;
    }
  | { readonly kind: "first"; readonly name: string; readonly calls: readonly ProgramCall[] };

export type Body =
  | { readonly kind: "render"; readonly statements: readonly Statement[]; readonly result: Tree }
  | { readonly kind: "async"; readonly statements: readonly Statement[]; readonly result: Expression }
  | {
      readonly kind: "component";
      readonly statements: readonly Statement[];
      readonly result: Expression;
      readonly attempts: 1 | 2 | 3;
    };

export interface ScriptedSignal {
  readonly name: string;
  /** Milliseconds after the start. */
  readonly at: number;
  readonly payload: Json;
}

/** Which leaves share a limit by their own policy, and whether components with bodies do; others are below a `<Limit>`. */
export interface ProgramLimit {
  readonly concurrency: number;
  readonly leaves: readonly LeafName[];
  readonly hasAgents: boolean;
}

/** Which leaves share what equal ones have given, with those of the run or with those of all runs. */
export interface ProgramCache {
  readonly inRun: readonly LeafName[];
  readonly byStore: readonly LeafName[];
}

/**
 * Which leaves say that they have used something, when they begin or when they have succeeded, and which workflows allow none
 * of it, or any amount: by their sites.
 */
export interface ProgramBudget {
  readonly atStart: readonly LeafName[];
  readonly atEnd: readonly LeafName[];
  readonly small: readonly string[];
  readonly ample: readonly string[];
  /** The run's own. */
  readonly own: "small" | "ample" | null;
}

export interface Program {
  readonly seed: number;
  readonly body: Extract<Body, { kind: "render" | "async" }>;
  readonly signals: readonly ScriptedSignal[];
  readonly limit?: ProgramLimit;
  readonly cache?: ProgramCache;
  readonly budget?: ProgramBudget;
}

/** How a run ended, as far as the rules fix it. */
export type Outcome =
  | { readonly status: "completed"; readonly output: Json }
  | { readonly status: "failed"; readonly message: string };
