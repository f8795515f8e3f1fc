/**
 * Code that changes between a crash and the recovery, and what E4 says must come of it.
 *
 * A script is a list of steps that are asked for one after the other (`uses`, `awaits`, `sequence`) or together
 * (`all`, `parallel`). What was finished, and what the changed script asks for, tell what must happen: no oracle but sets.
 */
import type { Json } from "@alder/core";
import { createDisk, type Disk } from "../harness.ts";
import { accepted } from "../later-lives.ts";
import { behaviourOf } from "./behaviour.ts";
import { createWorld, liveProgram } from "./live-program.ts";
import type { Expression, LeafCall, Program, Statement, Tree } from "./program.ts";
import { noticesOf } from "./prove.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export const SHAPES = ["uses", "awaits", "sequence", "all", "parallel"] as const;
export type Shape = (typeof SHAPES)[number];
const TREES: readonly Shape[] = ["sequence", "parallel"];
const AT_ONCE: readonly Shape[] = ["all", "parallel"];

export interface Line {
  readonly name: "Work" | "Other";
  readonly site: string;
  /** It is given what the line before gave. */
  readonly followsOn?: boolean;
  readonly text: string;
  readonly key?: string;
  readonly wrap?: "catch" | "retry" | "suspense" | "sequence";
}

export interface Script {
  readonly seed: number;
  readonly shape: Shape;
  readonly lines: readonly Line[];
}

/** Lives the script until so many results are written, then goes on with the changed one. */
export async function liveChanged(script: Script, changed: Script, results: number): Promise<string[]> {
  const world = createWorld(toProgram(script));
  const first = await liveProgram(toProgram(script), world, { crashAt: results, crash: "park" });
  const finished = first.disk.entries.flatMap((entry) =>
    entry.t === "ok" ? [identityOf(entry.name, entry.key, entry.props)] : [],
  );
  const problems: string[] = [];
  const must = expected(changed, finished);
  const second = await goOn(changed, world, createDisk(first.disk));
  compare("recovered", second.is, must);
  if (must.state !== "blocked") return problems;

  // The code is put back: nothing was lost.
  const back = await goOn(script, world, createDisk(second.disk));
  const rest = expected(script, [...finished, ...must.executed]);
  compare("put back", back.is, { ...rest, notices: back.is.notices });
  // Or the change is accepted: nothing that has finished and is still asked for is executed again.
  const last = await goOn(changed, world, accepted(second.disk));
  const again = last.is.executed.filter((step) => finished.includes(step));
  if (last.is.state !== "completed" || again.length > 0)
    problems.push(`accepted: ${JSON.stringify(last.is)}`);
  return problems;

  function compare(what: string, is: Happened, said: Happened): void {
    if (JSON.stringify(is) !== JSON.stringify(said))
      problems.push(`${what}: ${JSON.stringify(is)}, and it must be ${JSON.stringify(said)}`);
  }
}

interface Happened {
  readonly state: "completed" | "blocked";
  /** Steps that were executed, sorted. */
  readonly executed: readonly string[];
  /** Names of finished steps of which it is said that they are not asked for. */
  readonly notices: readonly string[];
}

/** What E4 says of the script, where these steps have finished. */
function expected({ seed, shape, lines }: Script, finished: readonly string[]): Happened {
  const steps = contentsOf(seed, lines);
  const isAtOnce = AT_ONCE.includes(shape);
  const firstNew = steps.findIndex((step) => !finished.includes(step));
  const asked = isAtOnce || firstNew < 0 ? steps : steps.slice(0, firstNew);
  const unclaimed = new Set(finished.filter((step) => !asked.includes(step)));
  const placesOf = (list: Iterable<string>): string[] => [...list].map(placeOf);
  const executed: string[] = [];
  const notices = [...new Set([...unclaimed].map(nameOf))].toSorted();
  const blocked = (drained: boolean): Happened => ({
    state: "blocked",
    executed: executed.toSorted(),
    notices: drained ? notices : [],
  });
  const isBeside = (step: string): boolean =>
    !finished.includes(step) && placesOf(unclaimed).includes(placeOf(step));
  if (isAtOnce && steps.some(isBeside)) return blocked(false);
  for (const step of steps) {
    if (isBeside(step)) return blocked(executed.length > 0);
    if (finished.includes(step)) unclaimed.delete(step);
    else executed.push(step);
  }
  return { state: "completed", executed: executed.toSorted(), notices };
}

async function goOn(script: Script, world: World, disk: Disk): Promise<{ is: Happened; disk: Disk }> {
  const before = noticesOf(disk).length;
  const executedBefore = world.executions.length;
  const life = await liveProgram(toProgram(script), world, { disk });
  const executed = world.executions.slice(executedBefore);
  const keys = new Map(contentsOf(script.seed, script.lines).map((step) => [contentOf(step), step]));
  const state = life.stopped.state === "blocked" ? "blocked" : "completed";
  const isEnded = life.stopped.state === "ended" && life.stopped.end.status === "completed";
  if (state === "completed" && !isEnded) throw new Error(JSON.stringify(life.stopped));
  const notices = noticesOf(life.disk).slice(before);
  return {
    disk: life.disk,
    is: {
      state,
      executed: executed.map((content) => keys.get(content) ?? content).toSorted(),
      notices: [...new Set(notices.map((notice) => /of (\w+)/.exec(notice)?.[1] ?? notice))].toSorted(),
    },
  };
}

// ---- steps as text: name, key, and what they are given

function contentsOf(seed: number, lines: readonly Line[]): string[] {
  let before: Json = null;
  return lines.map(({ name, site, key, followsOn, text }) => {
    const v: Json = followsOn ? before : text;
    before = behaviourOf(seed, { name, site, v, fails: 0, failures: 0 }).value;
    return JSON.stringify([name, key ?? null, site, v]);
  });
}

function identityOf(name: string, key: string | undefined, props: string): string {
  const { site, v } = JSON.parse(props) as { site: string; v: Json };
  return JSON.stringify([name, key ?? null, site, v]);
}

function contentOf(step: string): string {
  const [name, , site, v] = JSON.parse(step) as Json[];
  return JSON.stringify([name, site, v]);
}

function placeOf(step: string): string {
  return JSON.stringify((JSON.parse(step) as Json[]).slice(0, 2));
}

function nameOf(step: string): string {
  return String((JSON.parse(step) as Json[])[0]);
}

// ---- as a program

function toProgram({ seed, shape, lines }: Script): Program {
  const calls = lines.map((line, index): LeafCall => {
    const v: Expression = line.followsOn
      ? { kind: "value", name: `x${index - 1}` }
      : { kind: "text", text: line.text };
    const key = line.key === undefined ? {} : { key: line.key };
    return { kind: "leaf", name: line.name, site: line.site, v, ...key };
  });
  const nothing: Expression = { kind: "text", text: "end" };
  const one = calls.map((call, index): Statement => ({ kind: "get", name: `x${index}`, call }));
  const together: Statement = { kind: "get", name: "x", call: { kind: "combined", how: "all", of: calls } };
  if (shape === "awaits")
    return { seed, signals: [], body: { kind: "async", statements: one, result: nothing } };
  const statements = TREES.includes(shape) ? [] : shape === "all" ? [together] : one;
  const children = calls.map((call, index): Tree => wrapped({ kind: "step", call }, lines[index]?.wrap));
  const result: Tree = TREES.includes(shape)
    ? { kind: shape as "sequence" | "parallel", children }
    : { kind: "data", value: nothing };
  return { seed, signals: [], body: { kind: "render", statements, result } };
}

function wrapped(step: Tree, wrap: Line["wrap"]): Tree {
  const children = [step];
  if (wrap === undefined) return step;
  if (wrap === "catch")
    return { kind: wrap, children, name: "error", fallback: { kind: "status", text: "failed" } };
  return wrap === "retry" ? { kind: wrap, attempts: 2, children } : { kind: wrap, children };
}

// ---- what people do to code

export const EDITS = {
  nothing: (lines: Line[]) => lines,
  "insert another name": (lines: Line[], random: Random) => inserted(lines, random, { name: "Other" }),
  "insert the same name": (lines: Line[], random: Random) => inserted(lines, random, { name: "Work" }),
  "insert with a key": (lines: Line[], random: Random) =>
    inserted(lines, random, { name: "Work", key: "new" }),
  reorder: (lines: Line[], random: Random) => {
    const from = random.from(0, lines.length - 1);
    const [moved] = lines.splice(from, 1);
    if (moved !== undefined) lines.splice(random.from(0, lines.length), 0, moved);
    return lines;
  },
  "wrap in a boundary": (lines: Line[], random: Random) =>
    changedOne(lines, random, { wrap: random.pick(["catch", "retry", "suspense", "sequence"] as const) }),
  rename: (lines: Line[], random: Random) => changedOne(lines, random, { name: "Other" }),
  "give a key": (lines: Line[], random: Random) => changedOne(lines, random, { key: "given" }),
  "change props": (lines: Line[], random: Random) =>
    changedOne(lines, random, { text: "changed", followsOn: false }),
  remove: (lines: Line[], random: Random) => lines.toSpliced(random.from(0, lines.length - 1), 1),
} as const;

function inserted(lines: Line[], random: Random, line: Pick<Line, "name" | "key">): Line[] {
  const at = random.from(0, lines.length);
  // What comes after is given what it was given before.
  const after = lines[at];
  if (after !== undefined) lines[at] = { ...after, followsOn: false };
  return lines.toSpliced(at, 0, { site: "inserted", text: "new", ...line });
}

function changedOne(lines: Line[], random: Random, change: Partial<Line>): Line[] {
  const at = random.from(0, lines.length - 1);
  return lines.map((line, index) => (index === at ? { ...line, ...change } : line));
}

export function growScript(seed: number, shape: Shape, random: Random): Script {
  const canFollow = !TREES.includes(shape) && !AT_ONCE.includes(shape);
  const lines = Array.from({ length: random.from(3, 6) }, (_, index): Line => ({
    name: random.chance(0.8) ? "Work" : "Other",
    site: `s${index}`,
    text: `t${index}`,
    followsOn: canFollow && index > 0 && random.chance(0.3),
    ...(random.chance(0.15) ? { key: `k${index}` } : {}),
  }));
  return { seed, shape, lines };
}
