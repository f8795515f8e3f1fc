/** How the types of props and outputs flow from bodies to callers. */
import type { ReactElement, ReactNode } from "react";
import type { z, ZodType } from "zod";
import type { AsJson, NotJson } from "./as-json.ts";
import type { Call, Pending, CallOptions } from "./call.ts";

/** What a component's body may return. */
export type Work = Promise<unknown> | AsyncGenerator<unknown, unknown, void>;

/** What `R` comes to: what is returned, else the yields, joined when they are text. */
export type OutputOf<R> =
  R extends AsyncGenerator<infer Yield, infer End, void>
    ? [End] extends [void]
      ? [Yield] extends [string]
        ? string
        : Yield[]
      : End
    : R extends PromiseLike<infer Output>
      ? Output
      : never;

/** `R` where all it gives is JSON. */
export type CheckedWork<R> =
  R extends AsyncGenerator<infer Yield, infer End, void>
    ? AsyncGenerator<AsJson<Yield>, AsJson<End>, void>
    : R extends Promise<infer Output>
      ? Promise<AsJson<Output>>
      : never;

/** `R` where what it ends with fits an output schema. */
export type WorkReturning<R, Output> =
  R extends AsyncGenerator<infer Yield, unknown, void>
    ? AsyncGenerator<AsJson<Yield>, Output, void>
    : Promise<Output>;

/** What a workflow's body may return: data, a tree, or a promise of data. */
export type CheckedBody<R> = 0 extends 1 & R
  ? R
  : R extends Call<unknown>
    ? NotJson<"this is a pending call: use() it, or await it in an async body">
    : R extends AsyncGenerator<unknown, unknown, unknown>
      ? NotJson<"a workflow does not yield: put streaming work in a component">
      : R extends Promise<infer Output>
        ? Promise<AsyncOutput<Output>>
        : R extends ReactNode
          ? R
          : AsJson<R>;

type AsyncOutput<Output> = 0 extends 1 & Output
  ? Output
  : Extract<Output, ReactElement> extends never
    ? AsJson<Output>
    : NotJson<"an async body returns data: return a tree from a body that is not async">;

/** A tree's value is not in its type: give an output schema. */
export type BodyOutput<R> = R extends Promise<infer Output> ? Output : R extends ReactElement ? unknown : R;

/** `children`, `key` and `ref` belong to JSX and cannot be props. */
export type CheckedProps<P> = {
  [K in keyof P]: K extends "children" | "key" | "ref"
    ? NotJson<"children, key and ref belong to JSX: rename this prop">
    : AsJson<P[K]>;
};

/** A schema whose encoded side is JSON; `z.date()` is not, a codec from a string is. */
export type OnWire<S extends ZodType> =
  z.input<S> extends AsJson<z.input<S>> ? unknown : ZodType<unknown, AsJson<z.input<S>>>;

/** Arguments of `.run`: props may be left out where none is required. */
export type RunArguments<P, Options = CallOptions> = {} extends P
  ? [props?: Pending<P>, options?: Options]
  : [props: Pending<P>, options?: Options];

export type StepElementProps<P, O> = Pending<P> & { readonly children?: (output: O) => ReactNode };

export type CallError = "A component is not called: write <Component /> or Component.run(props)";
