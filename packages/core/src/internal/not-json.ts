/** What is refused where a value must be JSON (E10), and how the refusal is worded. */
import { AlderError } from "../errors/alder-error.ts";

/** Where in a value a walk is: property names and indices from the top. */
type Path = readonly (string | number)[];

/** Deeper values are refused before they exhaust the call stack. */
export const MAX_DEPTH = 1000;

/** `$.items[2]["due date"]` */
function toPathText(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return `$${steps.join("")}`;
}

export function notJsonError(where: string, path: Path, value: unknown): AlderError {
  const { found, fix } = describe(value);
  return refusal(where, path, found, fix);
}

export function holeError(where: string, path: Path): AlderError {
  return refusal(where, path, "undefined in an array", "use null, or leave the element out");
}

export function cycleError(where: string, path: Path): AlderError {
  return refusal(
    where,
    path,
    "a reference to an object around it",
    "leave the reference out, or refer to it by an id",
  );
}

export function depthError(where: string, path: Path): AlderError {
  const shown = path.slice(0, 5);
  return refusal(
    where,
    shown,
    `a value more than ${MAX_DEPTH} levels deep`,
    "flatten it, with ids for references",
  );
}

/** True for an object literal, also of another realm, and for an object without prototype. */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** True for an array that is not of a subclass, also of another realm. */
export function isPlainArray(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Only a realm's own `Array.prototype` is an array itself.
  return prototype === Array.prototype || Array.isArray(prototype);
}

interface Description {
  readonly found: string;
  readonly fix: string;
}

function refusal(where: string, path: Path, found: string, fix: string): AlderError {
  const at = toPathText(path);
  return new AlderError("not_json", `${where} is not JSON: at ${at} there is ${found}. To fix it, ${fix}.`, {
    details: { path: at, found },
  });
}

const PRIMITIVES: Readonly<Record<string, Description>> = {
  undefined: { found: "undefined", fix: "use null, or leave it out" },
  bigint: { found: "a bigint", fix: "use a string, or a schema with a codec" },
  symbol: { found: "a symbol", fix: "use a string" },
  function: { found: "a function", fix: "pass data and choose the function where the data is used" },
};

function describe(value: unknown): Description {
  if (typeof value === "object" && value !== null) return describeObject(value);
  return (
    PRIMITIVES[typeof value] ?? {
      found: String(value),
      fix: "use null or a string for what is not a finite number",
    }
  );
}

function describeObject(value: object): Description {
  if ("$$typeof" in value) {
    return { found: "a React element", fix: "return data from components, and JSX from workflows only" };
  }
  if ("then" in value && typeof value.then === "function") {
    return { found: "a pending call or promise", fix: "await it, or pass a call as a prop of its own" };
  }
  if (value instanceof Date) {
    return { found: "a Date", fix: "use toISOString(), or a schema with a codec" };
  }
  if (value instanceof Map || value instanceof Set) {
    return { found: `a ${value.constructor.name}`, fix: "use an object or array, or a schema with a codec" };
  }
  if (value instanceof Error) {
    return { found: "an Error", fix: "throw it, or use its message" };
  }
  const name = className(value);
  return { found: `an instance of ${name}`, fix: "use a plain object, or a schema with a codec" };
}

function className(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "a class";
}
