/**
 * Limits of components that are executed without a worker: they hold within this process, by the rules of a store.
 *
 * 1. The rules are loaded when the first component with a limit is executed, and not by who only imports components.
 * 2. As in a run, a component inside one that holds a permit of the same key shares its slot, and counts for the rate.
 */
import type { ProcessLimits } from "../store/memory/process-limits.ts";
import { circuitOpen } from "./circuit-open.ts";
import type { Definition } from "./definition.ts";
import type { Limit } from "./limit.ts";
import { healthOf, retryAfterOf } from "./provider-health.ts";

/** What an attempt says it has used. */
export interface UsedTokens {
  tokens?: number;
}

/** Remembers what goes on around a call, where the platform can. */
interface Around {
  getStore(): ReadonlySet<string> | undefined;
  run<T>(keys: ReadonlySet<string>, work: () => T): T;
}

interface Held {
  readonly key: string;
  readonly id: string;
}

let loading: Promise<ProcessLimits> | undefined;
let around: Around | undefined;

/** Executes the attempt once it has its permits, and gives them back after it. Throws `circuit_open`. */
export async function withinLimits<T>(
  { name, policies }: Definition,
  used: UsedTokens,
  attempt: () => Promise<T>,
): Promise<T> {
  const limits = policies.limits ?? [];
  if (limits.length === 0) return await attempt();
  const process = await (loading ??= load());
  const held: Held[] = [];
  try {
    const outside = around?.getStore() ?? new Set<string>();
    for (const limit of limits) {
      const permit = await take(process, limit, !outside.has(limit.key), name);
      held.push(permit);
    }
    const keys = new Set([...outside, ...limits.map(({ key }) => key)]);
    const value = await (around === undefined ? attempt() : around.run(keys, attempt));
    giveBack(process, held, "ok", used);
    return value;
  } catch (error) {
    const retryAfterMs = retryAfterOf(error, Date.now());
    if (retryAfterMs !== undefined) for (const { key } of held) process.pause(key, Date.now() + retryAfterMs);
    giveBack(process, held, healthOf(error, retryAfterMs !== undefined), used);
    throw error;
  }
}

async function take(
  process: ProcessLimits,
  { key, numbers }: Limit,
  slot: boolean,
  name: string,
): Promise<Held> {
  const { id, answer } = process.ask(key, numbers, slot);
  const given = await answer;
  if (given.outcome === "open") throw circuitOpen(name, name, key, given.until);
  return { key, id };
}

function giveBack(
  process: ProcessLimits,
  held: readonly Held[],
  outcome: "ok" | "failed" | "none",
  { tokens }: UsedTokens,
): void {
  const use = tokens === undefined ? { outcome } : { outcome, tokens };
  for (const { key, id } of held) process.giveBack(key, { id, ...use });
}

async function load(): Promise<ProcessLimits> {
  const { createProcessLimits } = await import("../store/memory/process-limits.ts");
  around = createAround();
  return createProcessLimits();
}

/** Not imported: this entry runs in browsers, too, where no component calls another for want of a worker. */
function createAround(): Around | undefined {
  const { process } = globalThis as {
    readonly process?: {
      getBuiltinModule?(name: string): { readonly AsyncLocalStorage: new () => Around } | undefined;
    };
  };
  const module = process?.getBuiltinModule?.("node:async_hooks");
  return module === undefined ? undefined : new module.AsyncLocalStorage();
}
