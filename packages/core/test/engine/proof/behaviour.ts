/**
 * The world outside, as both the engine and the interpreter meet it: what a leaf gives, and how long it takes, is a
 * function of the seed and of what the leaf is given, and of nothing else.
 */
import { createHash } from "node:crypto";
import type { Json } from "@alder/core";
import type { LeafName } from "./program.ts";

export interface Work {
  readonly name: LeafName;
  readonly site: string;
  readonly v: Json;
  readonly fails: number;
  /** How often it has failed before. */
  readonly failures: number;
}

export interface Behaviour {
  readonly durationMs: number;
  /** Null where it fails. */
  readonly value: Json;
  readonly error: string | null;
}

export function behaviourOf(seed: number, work: Work): Behaviour {
  const content = JSON.stringify([seed, work.name, work.site, work.v]);
  const durationMs = 1 + (number(`${content}|duration|${work.failures}`) % DURATIONS_MS);
  const fails = work.name === "Bad" || work.failures < work.fails;
  if (fails) return { durationMs, value: null, error: `bad ${work.site}` };
  return { durationMs, value: `${work.site}:${number(content).toString(36)}`, error: null };
}

/** Wide enough that no two things happen at one instant by chance. */
const DURATIONS_MS = 2 ** 30;

function number(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}

/** Backoff of everything that retries: long enough that siblings end in it, and no multiple of anything. */
export const BACKOFF_MS = 59_999;
export const STUBBORN_ATTEMPTS = 3;
