/** What can be done to limits, at random, and how a store answers it. */
import type { LimitNumbers, Store } from "@alder/core/store";
import * as fc from "fast-check";
import { expect } from "vitest";

export type LimitCommand =
  | {
      readonly do: "acquire";
      readonly key: string;
      readonly worker: string;
      readonly numbers: number;
      readonly leaseMs: number;
      readonly isAgain: boolean;
      readonly wanted: readonly { readonly id: string; readonly tenant: string; readonly slot: boolean }[];
    }
  /** Who has a permit gives it back. */
  | {
      readonly do: "end";
      readonly key: string;
      readonly place: number;
      readonly tokens: number | undefined;
      readonly outcome: "ok" | "failed" | "none";
    }
  /** A worker renews all that it has. */
  | {
      readonly do: "beat";
      readonly worker: string;
      readonly leaseMs: number;
      readonly awayMs: number | undefined;
    }
  | {
      readonly do: "renew";
      readonly worker: string;
      readonly leaseMs: number;
      readonly held: readonly {
        readonly key: string;
        readonly id: string;
        readonly awayMs: number | undefined;
      }[];
    }
  | {
      readonly do: "release";
      readonly key: string;
      readonly worker: string;
      readonly given: readonly {
        readonly id: string;
        readonly tokens: number | undefined;
        readonly outcome: "ok" | "failed" | "none";
      }[];
    }
  | { readonly do: "pause"; readonly key: string; readonly forMs: number }
  | { readonly do: "advance"; readonly ms: number };

/** Every kind alone and together; tiny, so that everything happens often. */
const NUMBERS: readonly LimitNumbers[] = [
  { concurrency: 2 },
  { concurrency: 1, breaker: { failures: 2, withinMs: 300, openMs: 400 } },
  { rate: { count: 5, periodMs: 1_000 } },
  { rate: { count: 60, periodMs: 1_000 }, concurrency: 3 },
  { rate: { count: 6, periodMs: 700 }, burst: 3 },
  { tokens: { count: 1_000, periodMs: 1_000 } },
  {
    concurrency: 2,
    rate: { count: 9, periodMs: 1_000 },
    tokens: { count: 3_000, periodMs: 1_000 },
    breaker: { failures: 1, withinMs: 300, openMs: 100 },
  },
];

const key = fc.constantFrom("k1", "k2");
const worker = fc.constantFrom("w1", "w2", "w3");
const id = fc.nat({ max: 11 }).map((number) => `p${number}`);
const leaseMs = fc.constantFrom(150, 400, 100_000);

const acquire = fc.record({
  do: fc.constant("acquire" as const),
  key,
  worker,
  // Mostly the same, as numbers seldom change.
  numbers: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) }),
  leaseMs,
  isAgain: fc.boolean(),
  wanted: fc.array(
    // The same id is of the same tenant in all its lives.
    id.map((name) => ({
      id: name,
      tenant: `t${name.length}${name.at(-1)! > "5" ? "b" : "a"}`,
      slot: name !== "p3",
    })),
    { maxLength: 4 },
  ),
});
const tokens = fc.option(fc.constantFrom(0, 5, 100, 777), { nil: undefined });
const outcome = fc.constantFrom("ok" as const, "failed" as const, "none" as const);
const end = fc.record({ do: fc.constant("end" as const), key, place: fc.nat({ max: 3 }), tokens, outcome });
const awayMs = fc.option(fc.constantFrom(0, 300), { nil: undefined, freq: 4 });
const beat = fc.record({ do: fc.constant("beat" as const), worker, leaseMs, awayMs });
const renew = fc.record({
  do: fc.constant("renew" as const),
  worker,
  leaseMs,
  held: fc.array(fc.record({ key, id, awayMs }), { maxLength: 5 }),
});
const release = fc.record({
  do: fc.constant("release" as const),
  key,
  worker,
  given: fc.array(fc.record({ id, tokens, outcome }), { maxLength: 4 }),
});
const pause = fc.record({ do: fc.constant("pause" as const), key, forMs: fc.constantFrom(-5, 50, 500) });
const advance = fc.record({
  do: fc.constant("advance" as const),
  ms: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(1, 7, 20, 90, 200, 333) },
    { weight: 1, arbitrary: fc.constant(4_000_000) },
  ),
});

export const limitCommands: fc.Arbitrary<{
  readonly base: number;
  readonly commands: readonly LimitCommand[];
}> = fc.record({
  base: fc.nat({ max: NUMBERS.length - 1 }),
  commands: fc.array(
    fc.oneof(
      { weight: 10, arbitrary: acquire },
      { weight: 7, arbitrary: end },
      { weight: 1, arbitrary: release },
      { weight: 2, arbitrary: beat },
      { weight: 1, arbitrary: renew },
      { weight: 5, arbitrary: advance },
      { weight: 1, arbitrary: pause },
    ) as fc.Arbitrary<LimitCommand>,
    { minLength: 20, maxLength: 100 },
  ),
});

/** Does a command, and tells all that the store says, of all keys, afterwards. */
export function createLimitActor(
  store: Store,
  base: number,
  advanceClock: (ms: number) => void,
): (command: LimitCommand) => Promise<unknown> {
  const heard = new Map<string, number>();

  async function answer(command: LimitCommand): Promise<unknown> {
    switch (command.do) {
      case "acquire": {
        const { do: _, numbers, isAgain, ...rest } = command;
        const name = `${command.worker} ${command.key}`;
        const limit = NUMBERS[(base + numbers) % NUMBERS.length]!;
        const request = { ...rest, limit, definedAt: numbers, heard: heard.get(name) ?? 0 };
        const result = await store.acquirePermits(request);
        // As if the answer had been lost.
        const again = isAgain ? await store.acquirePermits(request) : undefined;
        if (again) expect(again.answers).toEqual(result.answers);
        if (again) expect(again.granted).toEqual(result.granted);
        heard.set(name, (again ?? result).heard);
        return [result, again];
      }
      case "end": {
        const { key: name, place, tokens: used, outcome: result } = command;
        const held = (await store.readLimit(name))?.held ?? [];
        const permit = held[place % Math.max(1, held.length)];
        if (!permit) return undefined;
        const given = { id: permit.id, outcome: result, ...(used === undefined ? {} : { tokens: used }) };
        return store.releasePermits({ key: name, worker: permit.worker, given: [given] });
      }
      case "beat": {
        const now = await store.now();
        const away = command.awayMs === undefined ? {} : { awayUntil: now + command.awayMs };
        const held = await Promise.all(
          ["k1", "k2"].map(async (name) => {
            const state = await store.readLimit(name);
            return [...(state?.held ?? []), ...(state?.line ?? [])]
              .filter((permit) => permit.worker === command.worker)
              .map((permit) => ({ key: name, id: permit.id, ...away }));
          }),
        );
        return store.renewPermits({ worker: command.worker, leaseMs: command.leaseMs, held: held.flat() });
      }
      case "renew": {
        const now = await store.now();
        const held = command.held.map(({ awayMs: forMs, ...permit }) => ({
          ...permit,
          ...(forMs === undefined ? {} : { awayUntil: now + forMs }),
        }));
        return store.renewPermits({ worker: command.worker, leaseMs: command.leaseMs, held });
      }
      case "release": {
        const given = command.given.map(({ tokens: used, ...permit }) => ({
          ...permit,
          ...(used === undefined ? {} : { tokens: used }),
        }));
        return store.releasePermits({ key: command.key, worker: command.worker, given });
      }
      case "pause":
        return store.pauseLimit(command.key, (await store.now()) + command.forMs);
      case "advance":
        return advanceClock(command.ms);
    }
  }

  return async (command) => {
    const said = await answer(command);
    const states = await Promise.all(["k1", "k2"].map((name) => store.readLimit(name)));
    return [said, ...states];
  };
}
