/**
 * Cached leaves in programs: equal ones share what one of them gives, within the run or by the store. A leaf gives the same
 * whenever it is executed, but at another time: only programs whose outcome does not depend on that have such leaves.
 */
import type { LeafName, Program } from "./program.ts";
import { Random } from "./random.ts";
import { dependsOnTiming } from "./timing.ts";

/** Those that never fail. */
const CACHEABLE: readonly LeafName[] = ["Work", "Other", "Words", "Contextual"];

/** Some programs with cached leaves, the same for the same seed; their other parts stay as they are. */
export function withCaches(program: Program): Program {
  const random = new Random(program.seed + 0.75);
  if (dependsOnTiming(program) || !random.chance(0.9)) return program;
  const [inRun, byStore]: [LeafName[], LeafName[]] = [[], []];
  for (const name of CACHEABLE) {
    if (random.chance(0.9)) (random.chance(0.6) ? inRun : byStore).push(name);
  }
  return { ...program, cache: { inRun, byStore } };
}

/** What an undisturbed life has executed twice although it was cached. `executions`: as the world notes them. */
export function repeatsOf({ body, cache, limit }: Program, executions: readonly string[]): readonly string[] {
  // One whose result came too late is executed again by the next; inside what has a slot of a limit nobody waits; and a nonce, which
  // is not noted, tells two apart.
  if (cache === undefined || limit !== undefined || /"(Bad|Flaky|Stubborn|nonce)"/.test(JSON.stringify(body)))
    return [];
  const seen = new Set<string>();
  return executions.filter((execution) => {
    const [name] = JSON.parse(execution) as [LeafName];
    if (!cache.inRun.includes(name) && !cache.byStore.includes(name)) return false;
    const isRepeat = seen.has(execution);
    seen.add(execution);
    return isRepeat;
  });
}
