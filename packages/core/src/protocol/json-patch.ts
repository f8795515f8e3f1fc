/**
 * Changes of a published value: RFC 6902's `add`, `replace` and `remove`, and `append` for text that grows.
 *
 * 1. Values are never written to; what a patch does not touch is shared.
 * 2. `__proto__`, `constructor` and `prototype` are refused in paths, so that no reader, however it keeps its objects,
 *    can be made to write to a prototype. In values they are data.
 */
import { AlderError } from "../errors/alder-error.ts";
import { getOwn, setOwn } from "../internal/own-property.ts";
import type { PatchOperation } from "./events.ts";
import type { Json } from "./json.ts";

/** The value after all operations, in order. Throws `bad_patch`. */
export function applyPatch(value: Json, operations: readonly PatchOperation[]): Json {
  let patched = value;
  for (const operation of operations) patched = applyAt(patched, parsePointer(operation.path), 0, operation);
  return patched;
}

/** True for a name that no path may contain. */
export function isForbiddenName(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype";
}

/** A segment of a JSON Pointer. */
export function toPointerSegment(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function applyAt(value: Json, path: readonly string[], depth: number, operation: PatchOperation): Json {
  const name = path[depth];
  if (name === undefined) return replaceWhole(value, operation);
  const isLast = depth === path.length - 1;
  if (isArray(value))
    return applyToArray(value, toIndex(value, name, isLast, operation), path, depth, operation);
  if (typeof value !== "object" || value === null) throw bad(operation, "it leads into what is no container");

  const copy: Record<string, Json | undefined> = { ...value };
  const child = getOwn(value, name);
  if (isLast && operation.op === "add") {
    setOwn(copy, name, given(operation));
    return copy;
  }
  if (child === undefined) throw bad(operation, "nothing is there");
  if (isLast && operation.op === "remove") delete copy[name];
  else setOwn(copy, name, applyAt(child, path, depth + 1, operation));
  return copy;
}

function applyToArray(
  value: readonly Json[],
  index: number,
  path: readonly string[],
  depth: number,
  operation: PatchOperation,
): Json {
  const isLast = depth === path.length - 1;
  if (isLast && operation.op === "add") return value.toSpliced(index, 0, given(operation));
  if (isLast && operation.op === "remove") return value.toSpliced(index, 1);
  return value.with(index, applyAt(value[index]!, path, depth + 1, operation));
}

function replaceWhole(value: Json, operation: PatchOperation): Json {
  switch (operation.op) {
    case "add":
    case "replace":
      return given(operation);
    case "append":
      if (typeof value !== "string" || typeof operation.value !== "string") {
        throw bad(operation, "only text can be appended, and only to text");
      }
      return value + operation.value;
    case "remove":
      throw bad(operation, "the whole value cannot be removed");
    default:
      throw bad(operation, "there is no such operation");
  }
}

function given(operation: {
  readonly op: string;
  readonly path: string;
  readonly value: Json | undefined;
}): Json {
  if (operation.value === undefined) throw bad(operation, "it has no value");
  return operation.value;
}

function toIndex(value: readonly Json[], name: string, isLast: boolean, operation: PatchOperation): number {
  const isInsertion = isLast && operation.op === "add";
  if (isInsertion && name === "-") return value.length;
  const index = /^(?:0|[1-9]\d{0,9})$/.test(name) ? Number(name) : Number.NaN;
  if (index < value.length || (isInsertion && index === value.length)) return index;
  throw bad(operation, "the array has no such index");
}

function parsePointer(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) {
    throw bad({ op: "patch", path: pointer }, 'a path is empty or begins with "/"');
  }
  const names = pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  const forbidden = names.find(isForbiddenName);
  if (forbidden !== undefined)
    throw bad({ op: "patch", path: pointer }, `"${forbidden}" is not allowed in a path`);
  return names;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function bad(operation: { readonly op: string; readonly path: string }, why: string): AlderError {
  return new AlderError(
    "bad_patch",
    `The patch cannot be applied: ${operation.op} at "${operation.path.slice(0, 100)}": ${why}. Publish the whole value instead.`,
    { details: { op: operation.op, path: operation.path.slice(0, 100) } },
  );
}
