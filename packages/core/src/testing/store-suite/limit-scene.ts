/** What the tests of limits have at hand. */
import { ok as assert } from "node:assert/strict";
import type {
  AcquirePermits,
  AcquireResult,
  LimitNumbers,
  LimitState,
  PermitAnswer,
} from "../../store/limits.ts";
import type { Store } from "../../store/store.ts";
import { LEASE_MS, type Scene } from "./scene.ts";

export interface Asker {
  /** Wants these, written `id` or `tenant/id`; `^id` for one that needs no slot. */
  readonly want: (...names: readonly string[]) => Promise<AcquireResult>;
  /** Asks who has got a permit since. */
  readonly ask: () => Promise<AcquireResult>;
  readonly give: (
    id: string,
    given?: { tokens?: number; outcome?: "ok" | "failed" | "none" },
  ) => Promise<void>;
  readonly renew: (...ids: readonly string[]) => Promise<readonly string[]>;
}

/** A worker that asks for permits of one key. */
export function asker(
  store: Store,
  worker: string,
  limit: LimitNumbers,
  options: Partial<Pick<AcquirePermits, "key" | "definedAt" | "leaseMs">> = {},
): Asker {
  const { key = "llm", definedAt = 1, leaseMs = LEASE_MS } = options;
  let heard = 0;
  const want = async (...names: readonly string[]): Promise<AcquireResult> => {
    const request = { key, limit, definedAt, worker, leaseMs, heard, wanted: names.map(toWanted) };
    const result = await store.acquirePermits(request);
    heard = result.heard;
    return result;
  };
  return {
    want,
    ask: () => want(),
    give: (id, given = {}) => store.releasePermits({ key, worker, given: [{ id, outcome: "ok", ...given }] }),
    renew: async (...ids) => {
      const { lost } = await store.renewPermits({ worker, leaseMs, held: ids.map((id) => ({ key, id })) });
      return lost.map(({ id }) => id);
    },
  };
}

function toWanted(name: string) {
  const [id = "", tenant = ""] = name.split("/").toReversed();
  return { id: id.replace("^", ""), tenant, slot: !id.startsWith("^") };
}

/** Ids that were granted, of the wanted and of others. */
export function grantedOf({ answers, granted }: AcquireResult): readonly string[] {
  return [...answers.filter(({ outcome }) => outcome === "granted").map(({ id }) => id), ...granted];
}

export function answerOf({ answers }: AcquireResult): PermitAnswer {
  assert(answers[0] && answers.length === 1);
  return answers[0];
}

export async function stateOf({ store }: Scene, key = "llm"): Promise<LimitState> {
  const state = await store.readLimit(key);
  assert(state, "the limit is not there");
  return state;
}
