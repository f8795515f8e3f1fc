import { definitionOf } from "../../authoring/definition.ts";
import type { JournalEntry } from "../../engine/journal-entry.ts";
import { AlderError } from "../../errors/alder-error.ts";

/** Whether the write that the crash interrupts had reached the store. */
export type CrashedWrite = "kept" | "lost";

/** What `component()` or `workflow()` returned. */
interface CrashTarget {
  readonly name: string;
  run(...args: never): PromiseLike<unknown>;
}

/**
 * Where the process that executes the run dies, once. `after` and `before`: when the first result of that component or
 * nested workflow has been written, or just before, so that the result is lost. `atWrite`: at the so-many-th write to the
 * journal, from 1.
 */
export type CrashPoint =
  | { readonly after: CrashTarget }
  | { readonly before: CrashTarget }
  | { readonly atWrite: number; readonly write: CrashedWrite };

export class CrashPoints {
  readonly #left: Set<CrashPoint>;

  constructor(points: readonly CrashPoint[]) {
    for (const point of points) check(point);
    this.#left = new Set(points);
  }

  /** The points that the run has not come to. */
  get left(): readonly CrashPoint[] {
    return [...this.#left];
  }

  /** What becomes of this write, the `count`-th; `entry` is absent for the end of a run. */
  at(count: number, entry: JournalEntry | undefined): CrashedWrite | undefined {
    for (const point of this.#left) {
      const write = crashAt(point, count, entry);
      if (write === undefined) continue;
      this.#left.delete(point);
      return write;
    }
    return undefined;
  }
}

export function describeCrash(point: CrashPoint): string {
  if ("atWrite" in point) return `at write ${point.atWrite} (${point.write})`;
  return "after" in point ? `after ${nameOf(point.after)}` : `before ${nameOf(point.before)}`;
}

function crashAt(
  point: CrashPoint,
  count: number,
  entry: JournalEntry | undefined,
): CrashedWrite | undefined {
  if ("atWrite" in point) return count === point.atWrite ? point.write : undefined;
  if (entry?.t !== "ok" && entry?.t !== "err") return undefined;
  if ("after" in point) return entry.name === nameOf(point.after) ? "kept" : undefined;
  return entry.name === nameOf(point.before) ? "lost" : undefined;
}

function check(point: CrashPoint): void {
  if (
    "atWrite" in point
      ? Number.isInteger(point.atWrite) && point.atWrite > 0
      : nameOf(targetOf(point)) !== undefined
  )
    return;
  throw new AlderError(
    "bad_crash",
    'a crash is { after: Component }, { before: Component }, or { atWrite: 3, write: "kept" }, writes counted from 1',
  );
}

function targetOf(point: Exclude<CrashPoint, { readonly atWrite: number }>): unknown {
  return "after" in point ? point.after : point.before;
}

function nameOf(target: unknown): string | undefined {
  return definitionOf(target)?.name;
}
