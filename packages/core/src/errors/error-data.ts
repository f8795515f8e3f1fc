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

/** Some errors carry a whole response: what is kept of a message, in UTF-16 code units. */
const LONGEST_MESSAGE = 10_000;

/** Whatever was thrown, as data. `step` names where it was thrown, unless the error knows better. Never throws. */
export function toErrorData(error: unknown, step: string | null = null): ErrorData {
  try {
    const data = describe(error, step);
    return data.message.length <= LONGEST_MESSAGE ? data : { ...data, message: cut(data.message) };
  } catch {
    return { name: "Error", message: "something was thrown that cannot be read", code: null, step };
  }
}

function describe(error: unknown, step: string | null): ErrorData {
  if (typeof error !== "object" || error === null) {
    const message = typeof error === "string" ? error : `thrown: ${String(error)}`;
    return { name: "Error", message, code: null, step };
  }
  const { name, message, code, step: origin } = error as Readonly<Record<string, unknown>>;
  if (typeof message !== "string" && !(error instanceof Error)) {
    return { name: "Error", message: `thrown: ${JSON.stringify(error)}`, code: null, step };
  }
  return {
    name: typeof name === "string" && name !== "" ? name : "Error",
    message: typeof message === "string" ? message : String(message),
    code: typeof code === "string" ? code : null,
    step: typeof origin === "string" ? origin : step,
  };
}

function cut(message: string): string {
  const note = `… (cut: it has ${message.length} characters)`;
  return message.slice(0, LONGEST_MESSAGE - note.length) + note;
}
