/**
 * Results of workflow scopes that nobody in this life has asked for by the time the journal was applied: another build's
 * work (E4).
 *
 * 1. What was asked for while the journal was applied is claimed, whatever became of it since: a loser of a race, say.
 * 2. What a person has accepted blocks nothing any more, and is given to whoever asks for it all the same.
 * 3. Inside components an id that is new is just new: what they left is never unclaimed.
 */
import type { StepCall } from "./call.ts";
import type { Applied, ResultEntry } from "./journal-entry.ts";
import { NONE_UNCLAIMED, type Run } from "./run.ts";

type Result = Applied<ResultEntry>;

/** By scope, name, key and surrounding keys; within each, the oldest first. */
export function findUnclaimed(run: Run): Run["unclaimed"] {
  if (!run.ledger.hasPooled) return NONE_UNCLAIMED;
  const found = new Map<string, Result[]>();
  for (const entry of neverAsked(run)) {
    if (run.ledger.accepted.has(entry.seq)) continue;
    const place = placeOf(entry);
    const group = found.get(place);
    if (group === undefined) found.set(place, [entry]);
    else group.push(entry);
  }
  for (const group of found.values()) group.sort((a, b) => a.seq - b.seq);
  return found;
}

/** A person has decided that what is unclaimed now is to block nothing. */
export function accept(run: Run): void {
  for (const entry of neverAsked(run)) run.ledger.accepted.add(entry.seq);
}

/** The oldest result that is still unclaimed where the step would be executed. */
export function unclaimedBeside(run: Run, call: StepCall): Result | undefined {
  if (run.unclaimed.size === 0 || call.scope.inComponent) return undefined;
  const { id: scope } = call.scope;
  const { key, keys } = call;
  const group = run.unclaimed.get(placeOf({ scope, name: call.definition.name, key, keys }));
  return group?.find((entry) => run.ledger.isPooled(entry));
}

/** Unclaimed results in the scope or below it. One whose place is not known, as its workflow was not called, may be. */
export function unclaimedWithin(run: Run, scope: string): readonly Result[] {
  return [...run.unclaimed.values()].flat().filter((entry) => isWithin(run, entry.scope, scope));
}

export function* neverAsked(run: Run): Generator<Result> {
  for (const entry of run.ledger.pooled()) if (!entry.inComponent && !run.asked.has(entry.id)) yield entry;
}

function isWithin(run: Run, inner: string, outer: string): boolean {
  for (let scope = inner; scope !== outer;) {
    const call = run.calls.get(scope);
    if (call === undefined) return true;
    if (call === run.rootCall) return false;
    scope = call.scope.id;
  }
  return true;
}

function placeOf(entry: {
  readonly scope: string;
  readonly name: string;
  readonly key?: string | undefined;
  readonly keys?: string;
}): string {
  return JSON.stringify([entry.scope, entry.name, entry.key ?? null, entry.keys ?? ""]);
}
