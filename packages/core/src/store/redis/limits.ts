/** Limits: each in the slot of its key, wherever the runs are. */
import type {
  AcquireResult,
  LimitNumbers,
  LimitState,
  LimitStore,
  PermitAnswer,
  PermitState,
  WaitReason,
  WantedPermit,
} from "../limits.ts";
import { groupByKey } from "../transitions/limits/keep.ts";
import { toNumbersText } from "../transitions/limits/numbers.ts";
import type { Context } from "./context.ts";
import { toTime } from "./replies.ts";
import { acquireScript } from "./scripts/limits/acquire.ts";
import { pauseScript } from "./scripts/limits/pause.ts";
import { readLimitScript } from "./scripts/limits/read.ts";
import { releaseScript } from "./scripts/limits/release.ts";
import { renewScript } from "./scripts/limits/renew.ts";

type Acquired = readonly [
  heard: string,
  retryAt: string,
  openUntil: string,
  conflict: string,
  applies: 0 | 1,
  granted: readonly string[],
  answers: readonly (string | number)[],
];

type ListedPermit = readonly [id: string, tenant: string, slot: string, worker: string, leaseUntil: string];

type Read = readonly [
  numbers: string,
  slots: number,
  waiting: number,
  pausedUntil: string,
  breaker: LimitState["breaker"],
  averageTokens: string,
  held: readonly ListedPermit[],
  line: readonly ListedPermit[],
];

const FIELDS_OF_ANSWER = 4;

export function createLimits({ server, keys }: Context): Omit<LimitStore, "watchLimit"> {
  return {
    async acquirePermits({ key, limit, definedAt, worker, leaseMs, wanted, heard }) {
      const permits = wanted.flatMap(({ id, tenant, slot }) => [toText(id), toText(tenant), slot ? 1 : 0]);
      const given = [worker, leaseMs, toNumbersText(limit), definedAt, heard, ...permits];
      return toResult(wanted, (await server.run(acquireScript, keys.limitSlot(key), given)) as Acquired);
    },

    /** One call for each key, all at once. */
    async renewPermits({ worker, leaseMs, held }) {
      const lost = await Promise.all(
        [...groupByKey(held)].map(async ([key, group]) => {
          const given = group.flatMap(({ id, awayUntil }) => [
            toText(id),
            awayUntil === undefined ? "" : Math.ceil(awayUntil),
          ]);
          const places = await server.run(renewScript, keys.limitSlot(key), [worker, leaseMs, ...given]);
          return (places as number[]).map((place) => ({ key, id: group[place - 1]!.id }));
        }),
      );
      return { lost: lost.flat() };
    },

    async releasePermits({ key, worker, given }) {
      const permits = given.flatMap(({ id, tokens, outcome }) => [toText(id), tokens ?? "", outcome]);
      await server.run(releaseScript, keys.limitSlot(key), [worker, ...permits]);
    },

    async pauseLimit(key, until) {
      await server.run(pauseScript, keys.limitSlot(key), [Math.ceil(until)]);
    },

    async readLimit(key) {
      const reply = (await server.run(readLimitScript, keys.limitSlot(key), [])) as Read | null;
      if (reply === null) return undefined;
      const [numbers, slots, waiting, pausedUntil, breaker, average, held, line] = reply;
      return {
        numbers: numbers === "" ? null : (JSON.parse(numbers) as LimitNumbers),
        slots,
        held: held.map(toPermitState),
        waiting,
        line: line.map(toPermitState),
        pausedUntil: toTime(pausedUntil),
        breaker,
        averageTokens: toTime(average),
      };
    },
  };
}

function toResult(wanted: readonly WantedPermit[], reply: Acquired): AcquireResult {
  const [heard, retryAt, openUntil, conflict, applies, granted, answers] = reply;
  return {
    answers: wanted.map(({ id }, index) => {
      const fields = answers.slice(index * FIELDS_OF_ANSWER, (index + 1) * FIELDS_OF_ANSWER);
      return toAnswer(id, fields as [PermitAnswer["outcome"], WaitReason, string, number]);
    }),
    granted,
    heard: Number(heard),
    retryAt: toTime(retryAt),
    openUntil: toTime(openUntil),
    ...(conflict !== "" && {
      conflict: { numbers: JSON.parse(conflict) as LimitNumbers, applies: applies === 1 },
    }),
  };
}

function toAnswer(
  id: string,
  [outcome, reason, at, ahead]: [PermitAnswer["outcome"], WaitReason, string, number],
): PermitAnswer {
  if (outcome === "granted") return { id, outcome };
  if (outcome === "open") return { id, outcome, retryAt: Number(at) };
  return { id, outcome, reason, retryAt: toTime(at), ahead };
}

function toPermitState([id, tenant, slot, worker, leaseUntil]: ListedPermit): PermitState {
  return { id, tenant, slot: slot === "1", worker, leaseUntil: Number(leaseUntil) };
}

/** A NUL stands between the parts of what is sorted in Redis; the embedded store takes none either. */
function toText(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
