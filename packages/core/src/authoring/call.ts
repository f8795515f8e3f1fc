import type { ErrorData } from "../errors/alder-error.ts";
import type { Duration } from "../internal/duration.ts";

export type { Duration };

/** Marks a pending value at run time, across two copies of the package. */
export const CALL: unique symbol = Symbol.for("alder.call");

declare const result: unique symbol;

/**
 * A pending result with an identity: give it to `use`, `all` or a prop, or `await` it in async code. One that fails
 * before it is awaited raises no `unhandledRejection`.
 */
export interface Call<out T> extends PromiseLike<T> {
  readonly [result]: T;
  catch<R = never>(onRejected?: ((error: unknown) => R | PromiseLike<R>) | null): Promise<T | R>;
  finally(onFinally?: (() => void) | null): Promise<T>;
}

export interface CallOptions {
  /** Tells it from its equals, and stays the same when they come and go. */
  readonly key?: string | number;
}

/** Props of which each may be a pending call of the same type. */
export type Pending<P> = { [K in keyof P]: P[K] | Call<P[K]> };

export type Calls = readonly Call<unknown>[] | [] | { readonly [name: string]: Call<unknown> };

/** What combined calls result in, member by member. */
export type Combined<T> = { -readonly [K in keyof T]: T[K] extends Call<infer V> ? V : never };

/** What a call has come to. */
export type Settled<T> =
  | { readonly status: "fulfilled"; readonly value: T }
  | { readonly status: "rejected"; readonly error: ErrorData };

/** What a pending value stands for in identity: settled or not, it is the same. */
interface Identified {
  readonly identity: string;
}

/** True for a call and for calls combined by `all`. */
export function isCall(value: unknown): value is Call<unknown> & Identified {
  return typeof value === "object" && value !== null && CALL in value;
}
