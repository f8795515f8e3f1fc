import { AlderError } from "../errors/alder-error.ts";
import type { StepCall } from "./call.ts";

/** A pure body asks for what has finished again, with the same props: how often another may at most. */
export const MOST_REPLACED = 50;

/** A body that asks for another step whenever one has finished would go on for ever, and do its work for ever. */
export function restlessBody(label: string, was: StepCall, now: StepCall): AlderError {
  return new AlderError(
    "restless_body",
    `the body of workflow ${label} has asked for ${was.label} with other props whenever it had finished, ${MOST_REPLACED} times: ` +
      `${clip(was.content)}, then ${clip(now.content)}. A body must ask for the same steps whenever it is executed: ` +
      "use now(), random() and uuid() instead of Date.now(), Math.random() and randomUUID(), and no useState",
    { details: { step: was.definition.name } },
  );
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
