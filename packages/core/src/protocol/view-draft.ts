/**
 * A view while events are folded into it.
 *
 * 1. The view it was made from is never written to; what did not change is shared with it.
 * 2. What it has copied or made is its own: it is copied once, however many events change it.
 */
import { getOwn, setOwn } from "../internal/own-property.ts";
import type { Json } from "./json.ts";
import type { InputView, LogView, RunView, StepStatus, StepView, StepWaitView } from "./run-view.ts";

export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** How many log lines a view keeps. */
const LOG_LIMIT = 100;

export class ViewDraft {
  /** Shallow: nested values belong to the view it was made from until they were taken. */
  readonly view: Mutable<RunView>;
  readonly #own = new WeakSet<object>();
  #logs: LogView[] | null = null;
  #unfinished: Set<string> | null = null;
  #parents: Set<string> | null = null;

  constructor(view: RunView) {
    this.view = { ...view };
  }

  /** The step as it is, to read. */
  peekStep(id: string): StepView | undefined {
    return getOwn(this.view.steps, id);
  }

  /** The step, to change; undefined for one that never started. */
  takeStep(id: string): Mutable<StepView> | undefined {
    const step = this.peekStep(id);
    if (step === undefined || this.#own.has(step)) return step;
    const copy = { ...step };
    this.putStep(copy);
    return copy;
  }

  /** Adds the step or replaces the one with its id. */
  putStep(step: StepView): void {
    this.#own.add(step);
    const steps = this.#take(this.view.steps);
    this.view.steps = steps;
    setOwn(steps, step.id, step);
    if (isUnfinished(step.status)) this.#unfinished?.add(step.id);
    if (step.parent !== null) this.#parents?.add(step.parent);
  }

  /** It has not ended, or not any more. `retryAt` and `waiting` are of the attempt that is to come. */
  continueStep(
    step: Mutable<StepView>,
    status: "running" | "retrying" | "waiting",
    retryAt: number | null = null,
    waiting: StepWaitView | null = null,
  ): void {
    step.status = status;
    step.endedAt = null;
    step.retryAt = retryAt;
    step.waiting = waiting;
    this.#unfinished?.add(step.id);
  }

  endStep(step: Mutable<StepView>, status: "completed" | "failed" | "cancelled", at: number): void {
    step.status = status;
    step.endedAt = at;
    step.retryAt = null;
    step.waiting = null;
    this.#unfinished?.delete(step.id);
    this.removeInput(step.id);
  }

  /** Ids of the steps that have neither ended nor been cancelled. */
  unfinished(): readonly string[] {
    this.#unfinished ??= new Set(
      Object.values(this.view.steps)
        .filter((step) => isUnfinished(step.status))
        .map((step) => step.id),
    );
    return [...this.#unfinished];
  }

  /** Ids of the steps that have neither ended nor been cancelled, of those that `ancestor` started, however deep. */
  unfinishedBelow(ancestor: string): readonly string[] {
    this.#parents ??= new Set(Object.values(this.view.steps).map((step) => step.parent ?? ""));
    // Most steps start none, so this is cheap where most steps end.
    return this.#parents.has(ancestor) ? this.unfinished().filter((id) => this.#isBelow(id, ancestor)) : [];
  }

  /** A step's streams, to change. */
  takeStreams(step: Mutable<StepView>): Record<string, string> {
    const streams = this.#take(step.streams);
    step.streams = streams;
    return streams;
  }

  takeObjects(): Record<string, Json> {
    const objects = this.#take(this.view.objects);
    this.view.objects = objects;
    return objects;
  }

  addInput(input: InputView): void {
    this.view.eta = null;
    this.view.inputs = [...this.view.inputs.filter(({ id }) => id !== input.id), input];
  }

  removeInput(id: string): void {
    if (this.view.inputs.some((input) => input.id === id)) {
      this.view.inputs = this.view.inputs.filter((input) => input.id !== id);
    }
  }

  addLog(line: LogView): void {
    this.#logs ??= [...this.view.logs];
    this.#logs.push(line);
  }

  /** The view, once all events were folded; the draft is of no use afterwards. */
  finish(): RunView {
    if (this.#logs) this.view.logs = this.#logs.slice(-LOG_LIMIT);
    return this.view;
  }

  #isBelow(id: string, ancestor: string): boolean {
    // A parent below itself is nonsense, but must not hang a reader.
    const limit = 1000;
    let parent = this.peekStep(id)?.parent;
    for (let hops = 0; parent && hops < limit; hops++) {
      if (parent === ancestor) return true;
      parent = this.peekStep(parent)?.parent;
    }
    return false;
  }

  #take<T extends object>(value: T): Mutable<T> {
    if (this.#own.has(value)) return value;
    const copy = { ...value };
    this.#own.add(copy);
    return copy;
  }
}

function isUnfinished(status: StepStatus): boolean {
  return status === "running" || status === "retrying" || status === "waiting";
}
