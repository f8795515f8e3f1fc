/** What is read from a view again and again: steps in tree order, and their text. */
import { getOwn } from "../internal/own-property.ts";
import type { RunView, StepView } from "./run-view.ts";

export interface TextOptions {
  /** Only the step with this key. */
  readonly key?: string | number;
  /** Name of the stream; `"text"`, where yields go, unless given. */
  readonly stream?: string;
  /** What stands between the texts of two steps; nothing unless given. */
  readonly separator?: string;
}

/** The steps of this name, or all of them, in tree order. */
export function stepsOf(view: Pick<RunView, "steps">, name?: string): readonly StepView[] {
  const { all, byName } = inOrder(view.steps);
  return name === undefined ? all : (byName.get(name) ?? NONE);
}

/**
 * What the steps of this name have written so far, joined in tree order. A step that the run has dropped and gone on
 * without (the loser of a race, a call no longer made) does not count; one that the run's own end cut off does. The text of
 * a step whose fallback is executed is what the fallback writes.
 */
export function textOf(view: RunView, name: string, options: TextOptions = {}): string {
  const { stream = "text", separator = "" } = options;
  const key = options.key === undefined ? undefined : String(options.key);
  return stepsOf(view, name)
    .filter((step) => key === undefined || step.key === key)
    .filter((step) => !isDropped(view, step) && !standsIn(view, step))
    .map((step) => textOfStep(view, step, stream))
    .filter((text) => text !== "")
    .join(separator);
}

function textOfStep(view: RunView, step: StepView, stream: string): string {
  const to = step.fallback?.to ?? null;
  if (to === null) return getOwn(step.streams, stream) ?? "";
  let newest: StepView | undefined;
  for (const inner of stepsOf(view, to)) {
    if (inner.parent === step.id && inner.startedAt >= (newest?.startedAt ?? 0)) newest = inner;
  }
  return newest === undefined ? "" : textOfStep(view, newest, stream);
}

/** It is the fallback of a step of its own name, whose text is told already. */
function standsIn({ steps }: RunView, { parent, name }: StepView): boolean {
  const around = parent === null ? undefined : getOwn(steps, parent);
  return around?.name === name && around.fallback?.to === name;
}

interface Ordered {
  readonly all: readonly StepView[];
  readonly byName: ReadonlyMap<string, readonly StepView[]>;
}

const NONE: readonly StepView[] = [];

/** Views are immutable, so what was sorted once stays sorted. */
const ordered = new WeakMap<RunView["steps"], Ordered>();

function inOrder(steps: RunView["steps"]): Ordered {
  const known = ordered.get(steps);
  if (known) return known;
  const all = Object.values(steps).toSorted(compareSteps);
  const made = { all, byName: groupByName(all) };
  ordered.set(steps, made);
  return made;
}

function groupByName(steps: readonly StepView[]): Map<string, StepView[]> {
  const groups = new Map<string, StepView[]>();
  for (const step of steps) {
    const group = groups.get(step.name);
    if (group) group.push(step);
    else groups.set(step.name, [step]);
  }
  return groups;
}

/** Number by number; an enclosing step comes before what is in it. */
function compareSteps(one: StepView, other: StepView): number {
  const length = Math.min(one.place.length, other.place.length);
  for (let index = 0; index < length; index++) {
    const difference = one.place[index]! - other.place[index]!;
    if (difference !== 0) return difference;
  }
  return (
    one.place.length - other.place.length || one.startedAt - other.startedAt || (one.id < other.id ? -1 : 1)
  );
}

function isDropped(view: RunView, step: StepView): boolean {
  if (step.status !== "cancelled") return false;
  if (view.status === "cancelling" || view.status === "cancelled") return false;
  return step.endedAt !== view.endedAt;
}
