/** Small components that the tests of the engine share. */
import { component, type Component, type Json } from "@alder/core";
import { createDeferred, type Deferred } from "./harness.ts";

export const Echo = component("Echo", async ({ v }: { v: Json }) => v);

export const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);

export const Bad = component("Bad", async ({ v }: { v?: Json }): Promise<Json> => {
  throw new Error(v === undefined ? "bad" : `bad ${JSON.stringify(v)}`);
});

export interface Execution {
  readonly v: Json;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly end: Deferred<Json>;
}

export interface Gate {
  readonly Gate: Component<{ v?: Json }, Json>;
  /** Its executions so far, which last until they are ended. */
  readonly executions: Execution[];
}

/** A component whose executions the test ends, one by one. */
export function createGate(name = "Gate"): Gate {
  const executions: Execution[] = [];
  const Gate = component(name, async ({ v = null }: { v?: Json }, { attempt, signal }) => {
    const end = createDeferred<Json>();
    executions.push({ v, attempt, signal, end });
    return end.promise;
  });
  return { Gate, executions };
}
