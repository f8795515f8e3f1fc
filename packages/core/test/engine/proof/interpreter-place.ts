import type { Json } from "@alder/core";
import type { Region } from "./interpreter-steps.ts";
import type { Expression, ProgramCall, RenderCall, StepCall } from "./program.ts";

export interface Asked {
  readonly id: string;
  readonly promise: Promise<Json>;
  /** Asks anew, as a new attempt does: what is known stays. */
  readonly again: () => Promise<Json>;
}

export interface Variables {
  readonly values: Map<string, Json>;
  readonly held: Map<string, Asked>;
}

/** Where calls are made. */
export interface Place {
  /** Identity of the scope. */
  readonly path: string;
  /** What ends the workflows called here, and what ends other steps: the attempts of a component share the latter. */
  readonly region: Region;
  readonly leaves: Region;
  readonly variables: Variables;
  /** Equal unkeyed calls of the body so far. */
  readonly counts: Map<string, number>;
  /** Keys of the keyed elements around; null in a body. */
  readonly keys: string | null;
  /** Of the nearest provider. */
  readonly context: Json;
}

export interface Asking {
  /** `twin` counts equal elements of one list; equal calls of a body are counted by their place. */
  ask(call: ProgramCall, place: Place, twin?: number): Asked;
  value(expression: Expression, variables: Variables): Json;
  together<T>(promises: readonly Promise<T>[]): Promise<T[]>;
  first<T>(promises: readonly Promise<T>[]): Promise<T>;
  /** Fails, in the name of a timer of its own, unless it is told before that it need not. */
  timeLimit(ms: number, isOver: () => boolean): Promise<never>;
  clearFailure(step: string): void;
}

/** What tells a step from others, beside where it is and what it is given. */
export function contentOf(call: StepCall | RenderCall): string {
  const key = call.key ?? "";
  if (call.kind === "render") return `render|${key}`;
  if (call.kind === "sleep") return `sleep|${key}|${call.ms}`;
  if (call.kind === "wait") return `wait|${key}|${call.signal}`;
  if (call.kind === "nested") return `${call.body.kind}|${key}|${call.site}`;
  return `${call.name}|${key}|${call.site}|${call.fails ?? ""}`;
}
