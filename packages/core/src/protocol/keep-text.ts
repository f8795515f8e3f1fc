/** Keeps of each text only its end, for readers that look on for long. */
import { getOwn, setOwn } from "../internal/own-property.ts";
import type { RunView, StepView } from "./run-view.ts";

/**
 * The view with no more than the newest `maxLength` UTF-16 code units or so of each stream's text: one may be half as long
 * again, so that it is not cut for each event. `omitted` tells how much was cut, and folding goes on as before. The very
 * same view where nothing was to be cut.
 */
export function keepText(view: RunView, maxLength: number, before?: RunView): RunView {
  let steps: Record<string, StepView> | null = null;
  for (const step of Object.values(view.steps)) {
    // What has not changed was cut before.
    if (before !== undefined && getOwn(before.steps, step.id) === step) continue;
    const kept = keepEnds(step, maxLength);
    if (kept === step) continue;
    steps ??= { ...view.steps };
    setOwn(steps, step.id, kept);
  }
  return steps === null ? view : { ...view, steps };
}

function keepEnds(step: StepView, maxLength: number): StepView {
  const long = Object.entries(step.streams).filter(([, text]) => text.length > maxLength * 1.5);
  if (long.length === 0) return step;
  const streams = { ...step.streams };
  const omitted: Record<string, number> = { ...step.omitted };
  for (const [name, text] of long) {
    const kept = endOf(text, maxLength);
    setOwn(streams, name, kept);
    setOwn(omitted, name, (getOwn(omitted, name) ?? 0) + text.length - kept.length);
  }
  return { ...step, streams, omitted };
}

/** A copy: a slice would keep all of the text it is of. Not from the middle of a surrogate pair. */
function endOf(text: string, maxLength: number): string {
  if (maxLength === 0) return "";
  const isSplit = /^[\uDC00-\uDFFF]/.test(text.charAt(text.length - maxLength));
  return JSON.parse(
    JSON.stringify(text.slice(isSplit ? 1 - maxLength || text.length : -maxLength)),
  ) as string;
}
