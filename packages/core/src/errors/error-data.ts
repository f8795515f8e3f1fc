import type { ErrorData } from "./alder-error.ts";

/** A step's failure as its consumers meet it, live and after a replay alike: made from what the journal holds. */
export class StepError extends Error {
  override readonly name: string;
  readonly code: string | null;
  /** The name of the step that failed. */
  readonly step: string | null;
  /** The call it came from, so that a new attempt of anything around it can clear it. */
  readonly stepId: string;

  constructor(data: ErrorData, stepId: string) {
    super(data.message);
    this.name = data.name;
    this.code = data.code;
    this.step = data.step;
    this.stepId = stepId;
  }
}

/** Whatever was thrown, as data. `step` names where it was thrown, unless the error knows better. */
export function toErrorData(error: unknown, step: string | null = null): ErrorData {
  if (error instanceof Error || isErrorLike(error)) {
    const { code, step: origin } = error as { code?: unknown; step?: unknown };
    return {
      name: error.name || "Error",
      message: error.message,
      code: typeof code === "string" ? code : null,
      step: typeof origin === "string" ? origin : step,
    };
  }
  return { name: "Error", message: describeThrown(error), code: null, step };
}

function isErrorLike(value: unknown): value is { name: string; message: string } {
  if (typeof value !== "object" || value === null) return false;
  const { name, message } = value as { name?: unknown; message?: unknown };
  return typeof name === "string" && typeof message === "string";
}

function describeThrown(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return `thrown: ${JSON.stringify(value) ?? String(value)}`;
  } catch {
    return `thrown: ${String(value)}`;
  }
}
