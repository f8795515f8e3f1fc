/** What has changed between two versions of a published value, as a patch. */
import type { PatchOperation } from "./events.ts";
import { isForbiddenName, toPointerSegment } from "./json-patch.ts";
import type { Json, JsonObject } from "./json.ts";

/**
 * A patch that makes `after` of `before`, never longer than `after` itself: text that has grown is appended to, elements
 * that came or went are added and removed where they are. Empty where nothing has changed.
 */
export function diffJson(before: Json, after: Json): PatchOperation[] {
  const operations: PatchOperation[] = [];
  diffAt("", before, after, operations);
  if (operations.length === 0) return operations;
  const whole: PatchOperation[] = [{ op: "replace", path: "", value: after }];
  return JSON.stringify(operations).length < JSON.stringify(whole).length ? operations : whole;
}

function diffAt(path: string, before: Json, after: Json, operations: PatchOperation[]): void {
  if (before === after) return;
  if (typeof before === "string" && typeof after === "string" && before !== "" && after.startsWith(before)) {
    operations.push({ op: "append", path, value: after.slice(before.length) });
  } else if (isArray(before) && isArray(after)) {
    diffArrays(path, before, after, operations);
  } else if (isObject(before) && isObject(after) && !hasForbiddenName(before) && !hasForbiddenName(after)) {
    diffObjects(path, before, after, operations);
  } else if (!isEqual(before, after)) {
    operations.push({ op: "replace", path, value: after });
  }
}

function diffObjects(
  path: string,
  before: JsonObject,
  after: JsonObject,
  operations: PatchOperation[],
): void {
  for (const name of Object.keys(before)) {
    if (before[name] !== undefined && own(after, name) === undefined) {
      operations.push({ op: "remove", path: `${path}/${toPointerSegment(name)}` });
    }
  }
  for (const name of Object.keys(after)) {
    const value = after[name];
    if (value === undefined) continue;
    const at = `${path}/${toPointerSegment(name)}`;
    const old = own(before, name);
    if (old === undefined) operations.push({ op: "add", path: at, value });
    else diffAt(at, old, value, operations);
  }
}

/** What is equal at both ends stays; what is between is compared pairwise, and the rest comes or goes. */
function diffArrays(
  path: string,
  before: readonly Json[],
  after: readonly Json[],
  operations: PatchOperation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isEqual(before[head]!, after[head]!)) head += 1;
  let tail = 0;
  while (tail < shorter - head && isEqual(before.at(-1 - tail)!, after.at(-1 - tail)!)) tail += 1;

  const paired = shorter - tail;
  for (let index = head; index < paired; index++) {
    diffAt(`${path}/${index}`, before[index]!, after[index]!, operations);
  }
  for (let index = before.length - tail - 1; index >= paired; index--) {
    operations.push({ op: "remove", path: `${path}/${index}` });
  }
  for (let index = paired; index < after.length - tail; index++) {
    operations.push({ op: "add", path: `${path}/${index}`, value: after[index]! });
  }
}

function isEqual(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (isArray(one)) {
    return (
      isArray(other) &&
      one.length === other.length &&
      one.every((value, index) => isEqual(value, other[index]!))
    );
  }
  if (!isObject(one) || !isObject(other)) return false;
  const names = definedNames(one);
  return (
    names.length === definedNames(other).length &&
    names.every((name) => {
      const value = own(other, name);
      return value !== undefined && isEqual(one[name]!, value);
    })
  );
}

/** A property that is undefined is absent (E10). */
function definedNames(value: JsonObject): string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined);
}

function own(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** No path may lead there: such an object is replaced whole. */
function hasForbiddenName(value: JsonObject): boolean {
  return Object.keys(value).some(isForbiddenName);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
