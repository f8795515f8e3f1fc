/** What a component says about keeping its outputs for others. */
import type { Duration } from "../internal/duration.ts";
import type { CallOptions } from "./call.ts";

/** For whom an output is kept: for equal steps of the same run, for all runs of the run's tenant, or for all runs. */
export type CacheScope = "run" | "tenant" | "global";

export interface CachePolicy {
  /** How long an output may be given to others. */
  readonly ttl: Duration;
  /** `"tenant"` unless given. Runs without a tenant share with one another. */
  readonly scope?: CacheScope;
  /** Part of what an output is known by: another version knows nothing of what was made before. */
  readonly version?: string | number;
}

/** The same, checked. */
export interface CacheRule {
  readonly ttlMs: number;
  readonly scope: CacheScope;
  readonly version: string;
  /** This call is executed whatever there is, and its output is kept. */
  readonly isRefresh?: true;
}

/** What a call of a component may say. */
export interface ComponentCallOptions extends CallOptions {
  /** `false`: executes, and keeps nothing. `"refresh"`: executes, and keeps its output for others. */
  readonly cache?: false | "refresh";
}
