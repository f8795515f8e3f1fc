/**
 * What a cache costs: a step that makes its output for others, and one that is given it, next to the plain step. A hit saves
 * what the step would have done; here that is nothing.
 */
import { benchKinds, Increment, STEPS } from "./step-kinds.ts";

const GIVEN = "that is given it";

export function benchCache(): Promise<void> {
  return benchKinds(
    "step with a cache",
    {
      "that makes it for others": Increment.cache("1d"),
      // After the one before it, in the same store.
      [GIVEN]: Increment.cache("1d"),
      "that makes it for the run": Increment.cache({ ttl: "1d", scope: "run" }),
    },
    (kind, { steps }) => {
      const hits = Object.values(steps).filter(({ cachedAt }) => cachedAt !== null).length;
      if (hits !== (kind === GIVEN ? STEPS : 0)) throw new Error(`${kind}: ${hits} hits`);
    },
  );
}
