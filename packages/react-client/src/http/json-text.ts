import { AlderError, messageOf } from "@alder/core/protocol";

/** Throws `not_json`. `what` begins its message. */
export function toJsonText(what: string, value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`it is a ${typeof value}`);
    return text;
  } catch (cause) {
    throw new AlderError("not_json", `${what} is not JSON: ${messageOf(cause)}. Send plain data.`, { cause });
  }
}
