/** What steps have used, summed for each workflow that they are in. */
import type { BudgetUnit } from "../authoring/budget.ts";
import type { Usage } from "../authoring/step.ts";
import { RareMap } from "../internal/rare-map.ts";
import { roundSum } from "../internal/round-sum.ts";

type Sums = Readonly<Record<BudgetUnit, number>>;

export class Spent {
  readonly #sums = new RareMap<string, Sums>();

  get isNothing(): boolean {
    return this.#sums.size === 0;
  }

  /** Undefined where nothing was used. */
  by(workflow: string): Sums | undefined {
    return this.#sums.get(workflow);
  }

  add(workflow: string, { inputTokens = 0, outputTokens = 0, cost = 0 }: Usage): void {
    const before = this.#sums.get(workflow);
    this.#sums.set(workflow, {
      tokens: (before?.tokens ?? 0) + inputTokens + outputTokens,
      cost: roundSum((before?.cost ?? 0) + cost),
    });
  }
}
