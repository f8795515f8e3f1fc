/**
 * What the interpreter knows of steps: which there are, and what became of them.
 *
 * A step that has succeeded is never executed again (E1); one that failed fails again until a new attempt clears it (E7);
 * what a region started ends with it (E6).
 */
import type { Json } from "@alder/core";
import type { VirtualTime } from "./virtual-time.ts";

export class Region {
  readonly #parent: Region | null;
  readonly #onSpent: (when: "at start" | "at end") => void;
  #ended = false;

  /** `onSpent` is told when something in it has used something. */
  constructor(parent: Region | null, onSpent: Region["spend"] = () => {}) {
    this.#parent = parent;
    this.#onSpent = onSpent;
  }

  spend(when: "at start" | "at end"): void {
    this.#onSpent(when);
    this.#parent?.spend(when);
  }

  get isAlive(): boolean {
    return !this.#ended && (this.#parent === null || this.#parent.isAlive);
  }

  end(): void {
    this.#ended = true;
  }
}

/** A failure as whoever meets it sees it. */
export class Failure extends Error {
  /** Identity of the step it came from, where it is met. */
  readonly step: string;
  /** Of those that a `Fallback` has met before. */
  readonly before: readonly string[];

  constructor(message: string, step: string, before: readonly string[] = []) {
    super(message);
    this.step = step;
    this.before = before;
  }
}

interface Known {
  state: "running" | "ok" | "failed";
  readonly region: Region;
  readonly promise: Promise<Json>;
  /** The step that its failure came from: itself, or one that it was to be given. */
  failedWith: string;
  /** When it ended, among all that ended. */
  order: number;
}

export class Steps {
  readonly #time: VirtualTime;
  readonly #known = new Map<string, Known>();
  readonly #failures = new Map<string, number>();
  readonly #fallenBack = new Map<string, readonly string[]>();
  readonly #components = new Set<string>();
  /** Steps called by components, directly or not. */
  readonly #inComponents = new Set<string>();
  #ended = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** The result of the step: executes it in the region unless it is known. */
  step(id: string, region: Region, execute: () => Promise<Json>): Promise<Json> {
    const known = this.#known.get(id);
    if (known !== undefined) {
      if (known.state === "running" && known.region.isAlive) return known.promise;
      if (known.state !== "running") return this.#again(known);
      // Cancelled: of a component's own steps that is not said.
      if (!this.#inComponents.has(id)) this.beginAnew(id);
    }
    const promise = hushed(execute());
    const step: Known = { state: "running", region, promise, failedWith: "", order: 0 };
    this.#known.set(id, step);
    const end = (state: "ok" | "failed"): void => {
      if (this.#known.get(id) !== step) return;
      step.state = state;
      step.order = ++this.#ended;
    };
    promise.then(
      () => end("ok"),
      (error: Failure) => {
        step.failedWith = error.step;
        end("failed");
      },
    );
    return promise;
  }

  /** With what it and its fallbacks have failed so far: that is not tried again. */
  failedWith(id: string): readonly string[] {
    return this.#fallenBack.get(id) ?? [];
  }

  fallBack(id: string, message: string): void {
    this.#fallenBack.set(id, [...this.failedWith(id), message]);
  }

  /** The step begins with itself again, and all inside it. */
  beginAnew(id: string): void {
    for (const step of this.#fallenBack.keys())
      if (step === id || step.startsWith(`${id}/`)) this.#fallenBack.delete(step);
  }

  noteCall(id: string, scope: string, isComponent: boolean): void {
    if (isComponent) this.#components.add(id);
    if (this.#components.has(scope) || this.#inComponents.has(scope)) this.#inComponents.add(id);
  }

  /** How often the step has failed before. */
  failuresOf(id: string): number {
    return this.#failures.get(id) ?? 0;
  }

  noteFailure(id: string): void {
    this.#failures.set(id, this.failuresOf(id) + 1);
  }

  /** A component is tried again. */
  clearFailuresBelow(id: string): void {
    for (const [below, { state }] of this.#known) {
      if (state === "failed" && below.startsWith(`${id}/`)) this.#known.delete(below);
    }
  }

  /** A `Retry` tries again what the step failed with: the step, what failed below it, and because of it. */
  clearFailure(id: string): void {
    const isCleared = (step: string): boolean => step === id || step.startsWith(`${id}/`);
    for (const [step, { state, failedWith }] of this.#known) {
      if (state === "failed" && (isCleared(step) || isCleared(failedWith))) this.#known.delete(step);
    }
  }

  #again({ promise, order }: Known): Promise<Json> {
    return hushed(new Promise<void>((resolve) => this.#time.again(order, resolve)).then(() => promise));
  }
}

/** Nobody need listen to it. */
export function hushed<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
