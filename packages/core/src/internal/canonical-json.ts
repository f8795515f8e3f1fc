/**
 * Values as JSON (E10).
 *
 * 1. Two values have the same canonical JSON exactly when a replay would give the same value for both.
 * 2. What is not JSON is refused, never converted; each property is read once.
 * 3. `toJson` gives what a replay would give: no undefined properties, no -0, deep-frozen, sharing nothing with its
 *    argument.
 */
import type { Json } from "./json.ts";
import {
  cycleError,
  depthError,
  holeError,
  isPlainArray,
  isPlainObject,
  MAX_DEPTH,
  notJsonError,
} from "./not-json.ts";
import { setOwn } from "./own-property.ts";

/**
 * Canonical JSON: properties sorted by code unit, undefined ones absent, no spaces. `where` begins the error's message,
 * as in `Draft: prop "notes"`. Throws `not_json`.
 */
export function canonicalJson(value: unknown, where: string): string {
  return write(value, where, null);
}

/** The JSON a replay would give for this value, deep-frozen; null for undefined. Throws `not_json`. */
export function toJson(value: unknown, where: string): Json {
  if (value === undefined) return null;
  const json = copy(value, where, null);
  if (typeof json === "object" && json !== null) frozen.add(json);
  return json;
}

/** Freezes what came from a parser of JSON, so that `toJson` takes it as it is. */
export function freezeJson(value: Json): Json {
  if (typeof value !== "object" || value === null || frozen.has(value)) return value;
  frozen.add(deepFreeze(value));
  return value;
}

/** Results travel from step to step whole: what is known to be frozen JSON need not be copied again. */
const frozen = new WeakSet<object>();

/** Freezes plain objects and arrays all the way down; instances of classes, as codecs make them, are left alone. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (!isPlainArray(value) && !isPlainObject(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
}

/** Where a walk is: one link for each container around it. */
interface Trail {
  readonly up: Trail | null;
  readonly container: object;
  readonly depth: number;
  at: string | number;
}

function write(value: unknown, where: string, trail: Trail | null): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value); // String(-0) is "0"
  if (typeof value === "boolean" || value === null) return String(value);
  if (typeof value !== "object") throw notJsonError(where, pathOf(trail), value);
  return isPlainArray(value) ? writeArray(value, where, trail) : writeObject(value, where, trail);
}

function writeArray(value: readonly unknown[], where: string, trail: Trail | null): string {
  const here = enter(value, where, trail);
  let text = "[";
  for (let index = 0; index < value.length; index++) {
    here.at = index;
    const element = value[index];
    if (element === undefined) throw holeError(where, pathOf(here));
    if (index > 0) text += ",";
    text += write(element, where, here);
  }
  return `${text}]`;
}

function writeObject(value: object, where: string, trail: Trail | null): string {
  if (!isPlainObject(value) || "$$typeof" in value) throw notJsonError(where, pathOf(trail), value);
  const here = enter(value, where, trail);
  let text = "{";
  for (const key of sortedKeys(value)) {
    const property = (value as Record<string, unknown>)[key];
    if (property === undefined) continue;
    here.at = key;
    if (text.length > 1) text += ",";
    text += `${quote(key)}:${write(property, where, here)}`;
  }
  return `${text}}`;
}

/** Half the time of `JSON.stringify`, which is for strings that need escapes: quotes, controls, lone surrogates. */
function quote(text: string): string {
  return NEEDS_ESCAPES.test(text) ? JSON.stringify(text) : `"${text}"`;
}

// oxlint-disable-next-line eslint/no-control-regex -- those are what JSON escapes
const NEEDS_ESCAPES = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Most objects are written with their keys in order, and a scan is cheaper than a sort. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++) {
    if (keys[index - 1]! > keys[index]!) return keys.toSorted();
  }
  return keys;
}

function copy(value: unknown, where: string, trail: Trail | null): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value + 0; // -0 + 0 is 0
  if (typeof value !== "object") throw notJsonError(where, pathOf(trail), value);
  if (frozen.has(value)) return value as Json;
  return isPlainArray(value) ? copyArray(value, where, trail) : copyObject(value, where, trail);
}

function copyArray(value: readonly unknown[], where: string, trail: Trail | null): Json {
  const here = enter(value, where, trail);
  const made: Json[] = [];
  for (let index = 0; index < value.length; index++) {
    here.at = index;
    const element = value[index];
    if (element === undefined) throw holeError(where, pathOf(here));
    made.push(copy(element, where, here));
  }
  return Object.freeze(made);
}

function copyObject(value: object, where: string, trail: Trail | null): Json {
  if (!isPlainObject(value) || "$$typeof" in value) throw notJsonError(where, pathOf(trail), value);
  const here = enter(value, where, trail);
  const made: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const property = (value as Record<string, unknown>)[key];
    if (property === undefined) continue;
    here.at = key;
    setOwn(made, key, copy(property, where, here));
  }
  return Object.freeze(made);
}

function enter(container: object, where: string, up: Trail | null): Trail {
  for (let link = up; link !== null; link = link.up) {
    if (link.container === container) throw cycleError(where, pathOf(up));
  }
  const depth = up === null ? 1 : up.depth + 1;
  if (depth > MAX_DEPTH) throw depthError(where, pathOf(up));
  return { up, container, depth, at: "" };
}

function pathOf(trail: Trail | null): (string | number)[] {
  const path: (string | number)[] = [];
  for (let link = trail; link !== null; link = link.up) path.push(link.at);
  return path.toReversed();
}
