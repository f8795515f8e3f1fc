/** What a body or a tree says is checked where it says it: an event that no reader can fold would stop them all. */
import { AlderError } from "../errors/alder-error.ts";
import type { LogFields, Usage } from "./step.ts";

const LEVELS: readonly unknown[] = ["debug", "info", "warn", "error"];

/** `what` begins the error's message. Throws `bad_call`. */
export function checkText(value: string, what: string): string {
  if (typeof value === "string") return value;
  throw new AlderError("bad_call", `${what} takes text, and was given ${kindOf(value)}`);
}

/** Throws `bad_call`. */
export function checkNumber(value: number, what: string): number {
  if (Number.isFinite(value)) return value;
  throw new AlderError("bad_call", `${what} takes a number, and was given ${kindOf(value)}`);
}

/** Throws `bad_call`. */
export function checkLevel(
  level: LogFields["level"] = "info",
  what: string,
): NonNullable<LogFields["level"]> {
  if (LEVELS.includes(level)) return level;
  throw new AlderError("bad_call", `${what} takes one of the levels ${LEVELS.join(", ")}`);
}

/** Without what SDKs have beside it in theirs; null where nothing is left. Throws `bad_call`. */
export function checkUsage(used: Usage, what: string): Usage | null {
  if (typeof used !== "object" || used === null)
    throw new AlderError("bad_call", `${what} takes an object, and was given ${kindOf(used)}`);
  const checked: Record<string, number> = {};
  for (const field of ["inputTokens", "outputTokens", "cost"] as const) {
    const value = used[field];
    if (value !== undefined) checked[field] = checkAmount(value, `${what}, field "${field}",`);
  }
  return Object.keys(checked).length === 0 ? null : checked;
}

/** Sums of it stay numbers, and never shrink. */
function checkAmount(value: number, what: string): number {
  if (checkNumber(value, what) >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new AlderError("bad_call", `${what} takes a number from 0 to 2^53, and was given ${value}`);
}

function kindOf(value: unknown): string {
  return typeof value === "number" || value === null ? String(value) : typeof value;
}
