/** @jsxImportSource @alder/core */
/** The components and nested workflows that the fuzzed programs are made of. */
import { useEffect, useState, createContext, type ReactNode } from "react";
import {
  all,
  Catch,
  component,
  type Json,
  Parallel,
  Sequence,
  sleep,
  use,
  waitFor,
  workflow,
} from "@alder/core";
import { chance, jitter } from "./chance.ts";

/** The world outside: it survives a crash of the run. */
let nonce = 0;
const failures = new Map<string, number>();

/** How likely it is that a step fails which never does by itself. */
let faults = 0;

export function setFaults(likelihood: number): void {
  faults = likelihood;
}

export function resetWorld(seed: number): void {
  nonce = seed * 1000;
  faults = 0;
  failures.clear();
}

export interface Stamped {
  v: Json;
  n: number;
  [name: string]: Json;
}

async function stamp(v: Json): Promise<Stamped> {
  await jitter();
  if (faults > 0 && chance() < faults) throw new Error(`fault ${JSON.stringify(v)}`);
  return { v, n: ++nonce };
}

/** Fails as often as told, over all lives. */
async function failTimes(v: string, fails: number): Promise<Stamped> {
  await jitter();
  const failed = failures.get(v) ?? 0;
  if (failed < fails) {
    failures.set(v, failed + 1);
    throw new Error(`flaky ${v}`);
  }
  return { v, n: ++nonce };
}

const twice = { attempts: 2, initial: 1, jitter: false } as const;
const thrice = { attempts: 3, initial: 0, jitter: false } as const;

/** Gives another value each time it is executed. */
export const Stamp = component("Stamp", async ({ v }: { v: Json }) => stamp(v));
export const Same = component("Same", async ({ v }: { v: Json }) => {
  await jitter();
  return v;
});
export const Bad = component("Bad", async ({ v }: { v: Json }): Promise<Json> => {
  await jitter();
  throw new Error(`bad ${JSON.stringify(v)}`);
});
export const Worse = component("Worse", async ({ v }: { v: Json }): Promise<Json> => {
  await jitter();
  throw new Error(`worse ${JSON.stringify(v)}`);
});
export const Flaky = component("Flaky", async ({ v, fails }: { v: string; fails: number }) =>
  failTimes(v, fails),
);
export const Stubborn = Flaky.retry({ attempts: 3, initial: 1, jitter: false });

export const Words = component("Words", async function* ({ v }: { v: Json }) {
  for (const word of ["al", "der", "s "]) {
    await jitter();
    yield word;
  }
  yield `${JSON.stringify(v)}${++nonce}`;
});

/** Its first attempt never ends. */
export const TimesOut = component("TimesOut", async ({ v }: { v: Json }, step) => {
  if (step.attempt === 1) await new Promise(() => {});
  return stamp(v);
})
  .timeout(12)
  .retry(twice);

// ---- components that call components

export const Chains = component("Chains", async ({ items }: { items: number[] }) =>
  Promise.all(
    items.map(async (item) => {
      const a = await Stamp.run({ v: item });
      return [a.n, (await Stamp.run({ v: a.n })).n];
    }),
  ),
);
/** Equal calls in parallel chains. */
export const Twins = component("Twins", async ({ items }: { items: number[] }) =>
  Promise.all(
    items.map(async (item) => {
      await Same.run({ v: item });
      const b = await Stamp.run({ v: "same" });
      return [item, b.n, (await Stamp.run({ v: [item, b.n] })).n];
    }),
  ),
);
export const Agent = component("Agent", async ({ v }: { v: Json }) => {
  const seen: number[] = [];
  for (let round = 0; round < 4; round++) seen.push((await Stamp.run({ v: [v, round, seen.length] })).n);
  return { seen, leaf: await Leaf.run({ v: String(v) }) };
});
export const RetriedAgent = component("RetriedAgent", async ({ v }: { v: string }) => {
  const a = await Stamp.run({ v });
  const b = await Flaky.run({ v: `in ${v}`, fails: 2 });
  return [a.n, b.n];
}).retry(thrice);
/** Calls with other props in every attempt. */
export const ByAttempt = component("ByAttempt", async ({ v }: { v: Json }, step) => {
  const a = await Stamp.run({ v: ["attempt", step.attempt] });
  const b = await Stamp.run({ v: [a.n, step.attempt] });
  if (step.attempt < 3) await Bad.run({ v });
  return [a.n, b.n];
}).retry(thrice);
const Inner = component("Inner", async ({ v }: { v: string }) => failTimes(`inner ${v}`, 2));
export const Deep = component("Deep", async ({ v }: { v: string }) => {
  const a = await Stamp.run({ v });
  return [a.n, (await Inner.run({ v })).n];
}).retry(thrice);
/** Lets go of what it has started: the first of three wins. */
export const Hasty = component("Hasty", async ({ v }: { v: Json }) => {
  const first = await Promise.race([
    Stamp.run({ v: [v, "left"] }),
    Stamp.run({ v: [v, "right"] }),
    Stamp.run({ v: [v, "middle"] }),
  ]);
  return [first.n, (await Stamp.run({ v: first.n })).n];
});
export const Dawdler = component("Dawdler", async ({ v }: { v: Json }) => {
  await jitter();
  const a = Stamp.run({ v: [v, 1] });
  await jitter();
  const b = await Stamp.run({ v: [v, 2] });
  await jitter();
  return [(await a).n, b.n, (await Stamp.run({ v: a })).n];
});
export const Asker = component("Asker", async ({ v }: { v: Json }) => {
  const a = await Stamp.run({ v });
  const answer = await waitFor("x");
  return [a.n, answer, (await Stamp.run({ v: answer })).n];
});
export const Napper = component("Napper", async ({ v }: { v: Json }) => {
  const a = await Stamp.run({ v });
  await sleep(3);
  return [a.n, (await Stamp.run({ v: a.n })).n];
});
/** What is unfinished when an attempt fails has failures of its own inside. */
const Recovers = component("Recovers", async ({ v }: { v: string }) => {
  try {
    return (await Flaky.run({ v: `recovers ${v}`, fails: 1 })).v;
  } catch {
    for (let round = 0; round < 3; round++) await Stamp.run({ v: ["instead", v, round] });
    return "instead";
  }
});
const RecoversInTree = workflow("RecoversInTree", ({ v }: { v: string }) => (
  <Catch fallback={<Chains items={[1, 2]} />}>
    <Flaky v={`tree ${v}`} fails={1} />
  </Catch>
));
export const FailsBeside = component("FailsBeside", async ({ v }: { v: string }) => {
  const parts = [Recovers.run({ v }), RecoversInTree.run({ v })] as const;
  await Stamp.run({ v: 1 });
  await Stamp.run({ v: 2 });
  await Flaky.run({ v: `beside ${v}`, fails: 1 });
  return [await parts[0], (await parts[1]) as Json];
}).retry(twice);
export const Treed = component("Treed", async ({ v }: { v: string }) => {
  const tree = await Wide.run({ v });
  const a = await Stamp.run({ v: tree as Json });
  return [a.n, (await Flaky.run({ v: `treed ${v}`, fails: 1 })).n];
}).retry(twice);

// ---- nested workflows

export const Leaf = workflow("Leaf", ({ v }: { v: string }) => {
  const a = use(Stamp.run({ v }));
  return [a.n, use(Stamp.run({ v: a.n })).n] as [number, number];
});
export const Middle = workflow("Middle", ({ v }: { v: number }) => {
  const [p, q] = use(all([Leaf.run({ v: `${v}` }), Leaf.run({ v: `${v + 1}` })]));
  return (
    <Sequence>
      <Stamp v={p[0]} />
      <Leaf v={`${q[0]}`}>{(leaf) => <Stamp v={leaf[1]} />}</Leaf>
    </Sequence>
  );
});
export const Card = workflow("Card", ({ v }: { v: Json }) => {
  const a = use(Stamp.run({ v }));
  return <Stamp v={a.n} />;
});
export const Wide = workflow("Wide", ({ v }: { v: string }) => (
  <Catch fallback={(error) => <Stamp v={["fallback", error.message]} />}>
    <Parallel>
      <Stamp v={v} />
      <Bad v={1} />
      <Worse v={2} />
      <Stamp v={`${v}!`} />
    </Parallel>
  </Catch>
));
export const LeafBad = workflow("LeafBad", ({ v }: { v: Json }) =>
  use(Bad.run({ v: use(Stamp.run({ v })).v })),
);
export const LeafFlaky = workflow("LeafFlaky", ({ v }: { v: string }) => {
  const a = use(Stamp.run({ v }));
  return [a.n, use(Stubborn.run({ v: `leaf ${v}`, fails: 1 })).n];
});
export const AsyncLeaf = workflow("AsyncLeaf", async ({ v }: { v: string }) => {
  const [a, b] = await Promise.all([Stamp.run({ v }), Stamp.run({ v: `${v}b` })]);
  return [a.n, b.n, (await Stamp.run({ v: [a.n, b.n] })).n];
});
export const Nap = workflow("Nap", ({ ms }: { ms: number }) => use(sleep(ms)));
export const Ask = workflow("Ask", ({ v }: { v: Json }) => {
  const answer = use(waitFor("x"));
  return [v, answer, use(Stamp.run({ v: answer })).n];
});

// ---- plain React

export function Stateful({ v }: { v: string }): ReactNode {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (count < 2) setCount(count + 1);
  }, [count]);
  return <Stamp v={`${v}:${count}`} />;
}
export function Toggle(): ReactNode {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (count < 3) setCount(count + 1);
  }, [count]);
  return count % 2 === 1 ? (
    <Parallel>
      <Stamp v="toggled" />
      <Stamp v="toggled twice" />
    </Parallel>
  ) : (
    <Stamp v="toggled" />
  );
}
/** Takes a component away in the middle of its work, and brings it back. */
export function Comeback(): ReactNode {
  const [phase, setPhase] = useState(0);
  if (phase === 1) return <Same v="gap">{() => <SetPhase set={setPhase} to={2} />}</Same>;
  return (
    <Parallel>
      <Twins items={[1, 2, 3]} />
      {phase === 0 && (
        <Same v="go">{() => <Same v="on">{() => <SetPhase set={setPhase} to={1} />}</Same>}</Same>
      )}
    </Parallel>
  );
}
function SetPhase({ set, to }: { set: (phase: number) => void; to: number }): ReactNode {
  useEffect(() => set(to), [set, to]);
  return null;
}
export const Mood = createContext("calm");
export function MoodSwing({ children }: { children?: ReactNode }): ReactNode {
  const [mood, setMood] = useState("calm");
  useEffect(() => setMood("wild"), []);
  return <Mood.Provider value={mood}>{children}</Mood.Provider>;
}
export function MoodStamp(): ReactNode {
  return <Stamp v={use(Mood)} />;
}
