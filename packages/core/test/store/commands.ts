/** Random sequences of what workers and clients do to a store. */
import * as fc from "fast-check";
import type { EndStatus, RunStatus } from "@alder/core/protocol";

/** Runs and claims are named by their place among those made so far, counted round. */
export type Command =
  | {
      readonly do: "create";
      readonly workflow: string;
      readonly queue: string;
      readonly tenant: string;
      readonly priority: number;
      readonly tags: readonly string[];
      readonly key: string | null;
      readonly print: string;
    }
  | {
      readonly do: "claim";
      readonly worker: string;
      readonly queues: readonly string[];
      readonly limit: number;
      readonly idle: boolean;
    }
  | ({ readonly do: "append" | "release" | "block" } & Write)
  | ({ readonly do: "park"; readonly wakeInMs: number | null; readonly signalsSeen: number } & Write)
  | ({ readonly do: "finish"; readonly status: EndStatus } & Write)
  | { readonly do: "again"; readonly write: number }
  | {
      readonly do: "heartbeat";
      readonly worker: string;
      readonly claims: readonly number[];
      readonly givenUp: readonly number[];
    }
  | {
      readonly do: "lead" | "fill" | "giveUp" | "renew" | "clear";
      readonly key: string;
      readonly holder: string;
      readonly worker: string;
      readonly isFresh: boolean;
    }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "reap" }
  | { readonly do: "signal"; readonly run: number; readonly id: string }
  | { readonly do: "cancel" | "accept" | "retry"; readonly run: number }
  | { readonly do: "unblock"; readonly queues: readonly string[] }
  | { readonly do: "deleteEnded"; readonly olderThanMs: number }
  | {
      readonly do: "list";
      readonly workflow: string | null;
      readonly status: RunStatus | null;
      readonly tenant: string | null;
      readonly tag: string | null;
      readonly limit: number;
    }
  | {
      readonly do: "read";
      readonly run: number;
      readonly seq: number;
      readonly fence: number;
      readonly limit: number;
    }
  | { readonly do: "look"; readonly run: number }
  | { readonly do: "forget" | "bury"; readonly worker: string };

export interface Write {
  readonly claim: number;
  /** From the run's tail: 0 is right. */
  readonly offset: number;
  readonly records: readonly { readonly isEntry: boolean; readonly isCancelling: boolean }[];
  readonly progress: boolean;
}

const place = fc.nat({ max: 12 });
const workflow = fc.constantFrom("article", "poem");
const queue = fc.constantFrom("a", "b", "c");
const worker = fc.constantFrom("w1", "w2", "w3");
const few = <T>(values: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
  fc.array(values, { maxLength });

const write = {
  claim: place,
  offset: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 2 }) },
  ),
  records: few(fc.record({ isEntry: fc.boolean(), isCancelling: fc.boolean() }), 3),
  progress: fc.boolean(),
};

const create = fc.record({
  do: fc.constant("create" as const),
  workflow,
  queue,
  tenant: fc.constantFrom("", "", "x", "y"),
  priority: fc.constantFrom(0, 0, 7, -100),
  tags: fc.uniqueArray(fc.constantFrom("t1", "t2"), { maxLength: 2 }),
  key: fc.option(fc.constantFrom("k1", "k2")),
  print: fc.constantFrom("f1", "f2"),
});
const claim = fc.record({
  do: fc.constant("claim" as const),
  worker,
  queues: few(queue, 3),
  limit: fc.nat({ max: 3 }),
  idle: fc.boolean(),
});
const append = fc.record({
  do: fc.constantFrom("append" as const, "release" as const, "block" as const),
  ...write,
});
const park = fc.record({
  do: fc.constant("park" as const),
  ...write,
  wakeInMs: fc.option(fc.nat({ max: 200 })),
  signalsSeen: fc.nat({ max: 2 }),
});
const finish = fc.record({
  do: fc.constant("finish" as const),
  ...write,
  status: fc.constantFrom<EndStatus>("completed", "failed", "cancelled"),
});
const caching = fc.record({
  do: fc.constantFrom(
    "lead" as const,
    "fill" as const,
    "giveUp" as const,
    "renew" as const,
    "clear" as const,
  ),
  key: fc.constantFrom("k1", "k2", "k3"),
  holder: fc.constantFrom("h1", "h2"),
  worker,
  isFresh: fc.boolean(),
});
const advancing = fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(0, 1, 60, 150) });
const others = [
  fc.record({ do: fc.constant("again" as const), write: place }),
  fc.record({ do: fc.constant("heartbeat" as const), worker, claims: few(place, 4), givenUp: few(place, 4) }),
  caching,
  advancing,
  fc.record({ do: fc.constant("reap" as const) }),
  fc.record({ do: fc.constant("signal" as const), run: place, id: fc.constantFrom("1", "2", "3") }),
  fc.record({ do: fc.constantFrom("cancel" as const, "accept" as const, "retry" as const), run: place }),
  fc.record({ do: fc.constant("unblock" as const), queues: few(queue, 2) }),
  fc.record({ do: fc.constant("deleteEnded" as const), olderThanMs: fc.constantFrom(0, 100) }),
  fc.record({
    do: fc.constant("list" as const),
    workflow: fc.option(workflow),
    tenant: fc.option(fc.constantFrom("x", "y")),
    tag: fc.option(fc.constantFrom("t1", "t2")),
    status: fc.option(fc.constantFrom<RunStatus>("queued", "running", "waiting", "blocked", "completed")),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    do: fc.constant("read" as const),
    run: place,
    seq: fc.nat({ max: 8 }),
    fence: fc.nat({ max: 2 }),
    limit: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ do: fc.constant("look" as const), run: place }),
  fc.record({ do: fc.constantFrom("forget" as const, "bury" as const), worker }),
];

/** Enough of each that runs get far: most sequences see owners lost, runs parked and ended. */
const runCommands = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: create },
    { weight: 6, arbitrary: claim },
    { weight: 6, arbitrary: append },
    { weight: 3, arbitrary: park },
    { weight: 2, arbitrary: finish },
    ...others.map((arbitrary) => ({ weight: 1, arbitrary: arbitrary as fc.Arbitrary<Command> })),
  ),
  { minLength: 20, maxLength: 80 },
);

/** Values that runs share meet runs nowhere: some sequences are of them alone. */
const cacheCommands = fc.array(fc.oneof({ weight: 4, arbitrary: caching }, advancing), {
  minLength: 10,
  maxLength: 60,
});

export const commands: fc.Arbitrary<readonly Command[]> = fc.oneof(
  { weight: 3, arbitrary: runCommands },
  { weight: 1, arbitrary: cacheCommands },
);
