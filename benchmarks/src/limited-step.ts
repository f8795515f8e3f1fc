/** What a limit costs: a step that asks for a permit, which is free, next to the plain step. */
import { benchKinds, Increment } from "./step-kinds.ts";

export function benchLimitedStep(): Promise<void> {
  return benchKinds("step with a limit", {
    "with a concurrency": Increment.limit({ key: "slots", concurrency: 1_000 }),
    "with a rate and a concurrency": Increment.limit({
      key: "rate",
      concurrency: 1_000,
      rate: "100000000/1m",
    }),
  });
}
