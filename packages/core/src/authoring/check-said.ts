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

/** Without what SDKs have beside it in theirs. Throws `bad_call`. */
export function checkUsage(used: Usage, what: string): Usage {
  const checked: Record<string, number> = {};
  for (const field of ["inputTokens", "outputTokens", "cost"] as const) {
    const value = used?.[field];
    if (value !== undefined) checked[field] = checkNumber(value, `${what}, field "${field}",`);
  }
  return checked;
}

function kindOf(value: unknown): string {
  return typeof value === "number" || value === null ? String(value) : typeof value;
}
