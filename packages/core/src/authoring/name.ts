import { AlderError } from "../errors/alder-error.ts";

const MAX_LENGTH = 100;
/** Names of built-in steps, whose identity a step of yours must not share. */
const TAKEN: readonly string[] = ["Sleep", "Timeout", "WaitFor", "render"];

/** Throws `bad_name`. */
export function checkName(name: unknown, kind: "component" | "workflow"): void {
  if (typeof name !== "string") {
    const given = name === null ? "null" : typeof name;
    throw badName(`${kind}() takes the name first, a string, and was given ${given}: ${kind}("Name", …)`);
  }
  const shown = JSON.stringify(name.slice(0, 60));
  if (!/^[A-Za-z][\w-]*$/.test(name) || name.length > MAX_LENGTH) {
    throw badName(
      `${shown} cannot name a ${kind}: use a letter, then letters, digits, "_" and "-", at most ${MAX_LENGTH} in all`,
    );
  }
  if (TAKEN.includes(name))
    throw badName(`${shown} is the name of a built-in step: choose another for your ${kind}`);
}

function badName(message: string): AlderError {
  return new AlderError("bad_name", message);
}
