/**
 * Limits in programs: which steps share one. What a limit allows changes when steps execute, and what that changes is not
 * said: programs whose outcome depends on how long things take have limits so wide that nobody waits (E2).
 */
import type { LeafName, Program, ProgramLimit, Tree } from "./program.ts";
import { Random } from "./random.ts";
import { dependsOnTiming } from "./timing.ts";

const LIMITABLE: readonly LeafName[] = ["Work", "Other", "Words", "Flaky", "Stubborn", "Contextual"];
const WIDE = 1000;

/** Some programs with limits, the same for the same seed; their other parts stay as they are. */
export function withLimits(program: Program): Program {
  const random = new Random(program.seed + 0.25);
  if (!random.chance(0.4)) return program;
  const concurrency = dependsOnTiming(program) ? WIDE : random.from(1, 3);
  const limit: ProgramLimit = {
    concurrency,
    leaves: LIMITABLE.filter(() => random.chance(0.6)),
    hasAgents: random.chance(0.3),
  };
  return { ...wrapped(program, concurrency, random), limit };
}

/** Whether steps may execute that share the slot of what is around them: a component below a `<Limit>` has one, too. */
export function sharesSlots({ body, limit }: Pick<Program, "body" | "limit">): boolean {
  const text = JSON.stringify(body);
  return (
    limit?.hasAgents === true || (text.includes('"kind":"limit"') && text.includes('"kind":"component"'))
  );
}

/** The key of a limit: numbers are the same wherever its key is. */
export function limitOf(concurrency: number) {
  return { key: `proof ${concurrency}`, concurrency };
}

const CONTAINERS: readonly string[] = [
  "sequence",
  "parallel",
  "catch",
  "retry",
  "timeout",
  "race",
  "fallback",
  "suspense",
];

function wrapped<T>(value: T, concurrency: number, random: Random): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => wrapped(part, concurrency, random)) as T;
  const inner = Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, wrapped(part as unknown, concurrency, random)]),
  );
  const { kind } = inner as { readonly kind?: string };
  const isContainer = kind !== undefined && CONTAINERS.includes(kind) && Array.isArray(inner["children"]);
  if (!isContainer || !random.chance(0.3)) return inner as T;
  return { kind: "limit", concurrency, children: [inner as Tree] } as T;
}
