import { AlderError } from "../errors/alder-error.ts";

/** Two inline steps of one body that nothing tells apart (E3). */
export function sameInline(name: string, label: string): AlderError {
  return new AlderError(
    "same_step",
    `${label} called step.run("${name}") twice, and nothing tells the two apart: give each a key, step.run("${name}", …, { key }), or a name of its own`,
    { details: { step: name } },
  );
}
