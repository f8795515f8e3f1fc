/** What a fallback costs: a step that has one and does not need it, and one that needs it, next to the plain step. */
import { component } from "@alder/core";
import { benchKinds, Increment } from "./step-kinds.ts";

const Fails = component("Fails", async ({ value }: { readonly value: number }): Promise<number> => {
  if (value >= 0) throw new Error("down");
  return value;
});

export function benchFallback(): Promise<void> {
  return benchKinds("step with a fallback", {
    "with a fallback that is not needed": Increment.fallback(() => 0),
    "that needs a function": Fails.fallback((_error, { value }) => value + 1),
    "that needs a component": Fails.fallback(Increment),
  });
}
