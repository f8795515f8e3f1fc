import { AlderError } from "../errors/alder-error.ts";
import { badPolicy, checkFields } from "./check-policy.ts";

/** What all steps of a run together may use, as they say it with `step.usage`. Above it the run fails. */
export interface Budget {
  /** Input and output tokens together. */
  readonly tokens?: number;
  /** In the currency that `step.usage` is told. */
  readonly cost?: number;
  /** From which part of it on the stream warns, above 0 and up to 1; 0.8 unless given. */
  readonly warnAt?: number;
}

/** What a budget counts. */
export type BudgetUnit = "tokens" | "cost";

export const BUDGET_UNITS: readonly BudgetUnit[] = ["tokens", "cost"];

/** Throws `bad_policy`. */
export function toBudget(budget: Budget, where: string): Required<Pick<Budget, "warnAt">> & Budget {
  checkFields(budget, [...BUDGET_UNITS, "warnAt"], where);
  for (const unit of BUDGET_UNITS) {
    const most = budget[unit];
    if (most !== undefined && !(Number.isFinite(most) && most > 0))
      throw badPolicy(where, unit, most, "a number above 0");
  }
  if (BUDGET_UNITS.every((unit) => budget[unit] === undefined))
    throw new AlderError("bad_policy", `${where} limits nothing: give one of ${BUDGET_UNITS.join(", ")}`);
  const { warnAt = 0.8 } = budget;
  if (!(warnAt > 0 && warnAt <= 1)) throw badPolicy(where, "warnAt", warnAt, "a number above 0 and up to 1");
  return Object.freeze({ ...budget, warnAt });
}
