/**
 * Time and chance for the bodies of workflows and components: plain values that are the same in every life of a run (E3).
 * Where no run executes, they are what the system gives.
 */
import { currentRuntime } from "./runtime.ts";

/**
 * Milliseconds since the epoch: when the latest of the results that this body has used so far was finished, or when its
 * run was made. Throws `value_outside_body`.
 */
export function now(): number {
  return (currentRuntime()?.plainValue("now") ?? Date.now()) as number;
}

/** From 0 to below 1. Not for secrets: it follows from the run. Throws `value_outside_body`. */
export function random(): number {
  return (currentRuntime()?.plainValue("random") ?? Math.random()) as number;
}

/** A UUID (RFC 9562, version 8). Throws `value_outside_body`. */
export function uuid(): string {
  return (currentRuntime()?.plainValue("uuid") ?? crypto.randomUUID()) as string;
}
