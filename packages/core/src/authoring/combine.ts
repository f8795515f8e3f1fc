/** Several calls as one, for render and async bodies alike. */
import type { Call, Calls, Combined, Settled } from "./call.ts";
import { type CombineKind, currentRuntime } from "./runtime.ts";
import { combineStandalone } from "./standalone.ts";

type Members = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Several calls as one, with the results in the same shape; it fails with the first that fails. */
export function all<T extends Calls>(calls: T): Call<Combined<T>>;
export function all(calls: Members): unknown {
  return combine("all", calls);
}

/** The first that succeeds or fails, with its result; the others are cancelled. */
export function race<T extends Calls>(calls: T): Call<ResultOf<T>>;
export function race(calls: Members): unknown {
  return combine("race", calls);
}

/** Several calls as one that waits for all of them and never fails, with what each has come to in the same shape. */
export function settled<T extends Calls>(calls: T): Call<AllSettled<T>>;
export function settled(calls: Members): unknown {
  return combine("settled", calls);
}

type ResultOf<T extends Calls> = T extends readonly unknown[]
  ? Combined<T>[number & keyof T]
  : Combined<T>[keyof T];

type AllSettled<T> = { -readonly [K in keyof T]: T[K] extends Call<infer V> ? Settled<V> : never };

function combine(kind: CombineKind, calls: Members): unknown {
  return currentRuntime()?.combine(kind, calls) ?? combineStandalone(kind, calls);
}
