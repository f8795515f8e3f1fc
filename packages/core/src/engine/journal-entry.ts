/** What a run's state is folded from (E2). Entries are applied one at a time, in the order they were written. */
import type { ErrorData } from "../errors/alder-error.ts";
import type { Json } from "../protocol/json.ts";

/** What the result of a step carries besides the result, so that a changed build can be told (E4). */
export interface ResultOrigin {
  readonly id: string;
  /** Id of the enclosing scope. */
  readonly scope: string;
  readonly name: string;
  readonly key?: string;
  /** Keys of the keyed elements around it in its scope. */
  readonly keys?: string;
  /** Props as identity saw them. */
  readonly props: string;
  /** It was called, directly or not, by a component. */
  readonly inComponent?: true;
  /** Ids of the scopes around that one, up to the outermost component, where there are any. */
  readonly outer?: readonly string[];
}

/** Text by the name of its stream; null stands for the output itself, which is the text of most generators. */
export type WrittenText = Readonly<Record<string, string | null>>;

export type SuccessEntry = ResultOrigin & {
  readonly t: "ok";
  readonly value: Json;
  /** A consumed signal's place in the run's signals log. */
  readonly signal?: number;
  /** A fallback has made the value. */
  readonly fallback?: true;
  /** What it has written, where equal steps of the run are given the same; absent where they are not. */
  readonly text?: WrittenText;
  /** When another step made the output, where it was given that and not executed. */
  readonly cachedAt?: number;
};

export type FailureEntry = ResultOrigin & {
  readonly t: "err";
  readonly error: ErrorData;
  /** The steps whose failures made it fail, where there are any. */
  readonly from?: readonly string[];
};

export type ResultEntry = SuccessEntry | FailureEntry;

/** What a step has used: it was paid for, whatever becomes of the step. */
export interface UsageEntry {
  readonly t: "usage";
  readonly id: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cost?: number;
  /** Ids of the nested workflows it is in, nearest first, where there are any. */
  readonly within?: readonly string[];
  /** Of what a workflow's body says, which is executed again and again: it counts once. */
  readonly key?: string;
}

/** A component has failed for good, or a fallback of its; the next is tried. */
export interface FallbackEntry extends Pick<ResultOrigin, "id" | "scope" | "outer"> {
  readonly t: "fallback";
  /** How many have failed: the component itself, and its fallbacks so far. */
  readonly failed: number;
  /** What the last of them has failed with. */
  readonly error: ErrorData;
  /** As of a failure. */
  readonly from?: readonly string[];
}

export type JournalEntry =
  | ResultEntry
  | UsageEntry
  | FallbackEntry
  /** A component's attempt failed; the next starts `delayMs` after this entry. */
  | (Pick<ResultOrigin, "id" | "scope" | "outer"> & {
      readonly t: "attempt";
      readonly failures: number;
      readonly delayMs: number;
    })
  /** A timer that a component awaits, or the end of all attempts of a step that it called: its clock is its own. */
  | { readonly t: "armed"; readonly id: string; readonly deadline: number }
  /** Something a workflow said; said again on recovery it is not written again (E5). */
  | { readonly t: "said"; readonly key: string }
  /** A worker took the run. Written by the store. */
  | { readonly t: "claimed" }
  | { readonly t: "cancel" }
  /** The run failed; `from` as of a failed step. */
  | { readonly t: "failed"; readonly from?: readonly string[] }
  /** A person let a blocked run go on. Written by the store. */
  | { readonly t: "accepted" }
  /** A person had a run that failed or was cancelled go on. Written by the store. */
  | { readonly t: "retried" };

/** Where and when the store wrote an entry. */
export interface Written {
  readonly seq: number;
  readonly at: number;
}

export type Applied<E extends JournalEntry = JournalEntry> = E & Written;

export function isResult(entry: Applied): entry is Applied<ResultEntry> {
  return entry.t === "ok" || entry.t === "err";
}

/** An entry as a call's consumers learn of it: progress, as the store counts it. */
export function isProgress(entry: JournalEntry): boolean {
  return entry.t === "ok" || entry.t === "err" || entry.t === "attempt" || entry.t === "fallback";
}
