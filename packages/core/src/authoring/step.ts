import type { Context } from "react";
import type { Json } from "../internal/json.ts";
import type { AsJson } from "./as-json.ts";
import type { Call, CallOptions } from "./call.ts";
import type { CheckedWork, OutputOf, Work } from "./types.ts";

/** What a step has used. Numbers from 0. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** In a currency of your choice, the same everywhere. */
  readonly cost?: number;
}

export interface LogFields {
  /** `"info"` unless given. */
  readonly level?: "debug" | "info" | "warn" | "error";
  readonly [field: string]: Json | undefined;
}

export interface WriteOptions {
  /** Name of the stream; `"text"` unless given, which is where yields go. */
  readonly stream?: string;
}

/** A body's second argument: what it knows of its step, and how it talks to the person who waits. */
export interface Step {
  /** Aborted when the step is cancelled or its attempt has timed out; the reason is the error. */
  readonly signal: AbortSignal;
  /** 1 for the first try; failed tries count, recoveries after a crash do not. */
  readonly attempt: number;
  /**
   * The same for every attempt of this step. Outside effects happen at least once: hand this to whatever can tell a
   * repetition by it.
   */
  readonly idempotencyKey: string;
  readonly runId: string;
  /** For whom the run was started; null for nobody in particular. The same in each life of the run. */
  readonly tenant: string | null;
  /** Says in a few words what is happening. */
  status(message: string): void;
  /** `max` is what `value` will be at the end, where known. */
  progress(value: number, max?: number): void;
  /** Publishes a whole JSON value under a name. Throws `not_json`. */
  publish<T>(name: string, value: T extends AsJson<T> ? T : AsJson<T>): void;
  /** Streams text; resolves when there is room for more. */
  write(delta: string, options?: WriteOptions): Promise<void>;
  /** Throws `not_json` for fields that are not. */
  log(message: string, fields?: LogFields): void;
  /**
   * Work written in place, as a step of its own: remembered like a component's. One body may use a name once; give a key
   * to each where it is used more often. Throws `bad_name` and `same_step`.
   */
  run<R extends Work>(
    name: string,
    work: (step: Step) => R & CheckedWork<R>,
    options?: CallOptions,
  ): Call<OutputOf<R>>;
  /** The value of a context that the component or workflow declares. Throws `undeclared_context`. */
  use<T>(context: Context<T>): T;
  /**
   * Adds to what the step and its run have used so far, and to what a `budget` counts: also of an attempt that fails, as
   * it was paid for. Throws `bad_call`.
   */
  usage(used: Usage): void;
}
