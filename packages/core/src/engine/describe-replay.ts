/** Says for people where a replay leads elsewhere, why that usually is, and what to do. */
import { isForbiddenName } from "../protocol/json-patch.ts";
import type { Divergence } from "../protocol/events.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { ReplayDifference, ReplayedStep } from "./replay-run.ts";
import type { RunEnd } from "./run.ts";

const WHAT_TO_DO = `The body of a workflow must ask for the same steps whenever it is executed. What usually makes it differ:
  Date.now(), new Date()                  use now()
  Math.random(), crypto.randomUUID()      use random(), uuid()
  useState, effects, variables outside    derive state from steps and signals
  fetch, files, the environment           put work into a component, and take its result`;
const SHOWN_STEPS = 5;
const SHOWN_LENGTH = 200;

/** Several lines, without one at the end. */
export function describeReplay(difference: ReplayDifference): string {
  const { runId, workflow, changed, notAsked, notFinished, said, end } = difference;
  const lines = [
    `run ${runId} of workflow "${workflow}" leads elsewhere when it is replayed from its journal.`,
  ];
  if (changed.length + notAsked.length + notFinished.length > 0) {
    lines[0] += " After a crash it would not go on where it was.";
  }
  list(lines, changed, (step) => changedStep(step));
  // What is below a changed workflow, and what comes after a changed step, is other for that reason alone.
  if (changed.length === 0) {
    list(
      lines,
      notAsked,
      (step) => `${labelOf(step)} has finished, and is not asked for\n    ${clip(step.props)}`,
    );
    list(lines, notFinished, (step) => `${labelOf(step)} would be executed\n    ${clip(step.props)}`);
  }
  if (end !== null && (changed.length === 0 || end.is !== null)) {
    lines.push(`  The run ${endOf(end.was)}; the replay ${endOf(end.is)}.`);
  }
  list(lines, said, (event) => `would be said again: ${clip(JSON.stringify(event))}`);
  lines.push(WHAT_TO_DO);
  return lines.join("\n");
}

function list<T>(lines: string[], items: readonly T[], describe: (item: T) => string): void {
  for (const item of items.slice(0, SHOWN_STEPS)) lines.push(`  ${describe(item)}`);
  if (items.length > SHOWN_STEPS) lines.push(`  … and ${items.length - SHOWN_STEPS} more`);
}

function changedStep({ step, key, workflow, was, now }: Divergence): string {
  const head = `${labelOf({ name: step, key })} in ${workflow} has finished, and would be executed again with other props:`;
  return [head, ...propLines(was as JsonObject, now as JsonObject)].join("\n");
}

/** Props that are alike are left out, but for their names. */
function propLines(was: JsonObject, now: JsonObject): string[] {
  const lines: string[] = [];
  const alike: string[] = [];
  for (const name of new Set([...Object.keys(was), ...Object.keys(now)])) {
    if (isForbiddenName(name)) continue;
    const [before, after] = [textOf(was[name]), textOf(now[name])];
    if (before === after) alike.push(name);
    else lines.push(`    ${name}`, `      journal  ${before}`, `      now      ${after}`);
  }
  if (alike.length > 0) lines.push(`    (the same: ${alike.join(", ")})`);
  return lines;
}

function endOf(end: RunEnd | null): string {
  if (end === null) return "does not end";
  if (end.status === "completed") return `completed with ${textOf(end.output)}`;
  if (end.status === "cancelled") return "was cancelled";
  const { name, message } = toErrorData(end.error);
  return `failed with ${name}: ${clip(message)}`;
}

function labelOf({ name, key }: Pick<ReplayedStep, "name" | "key">): string {
  return key === null ? name : `${name} (key ${key})`;
}

function textOf(value: Json | undefined): string {
  return value === undefined ? "(absent)" : clip(JSON.stringify(value));
}

function clip(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
