/** @jsxImportSource @alder/core */
/** Whole workflows, each with a shape of its own. Their names are what a failing test shows. */
import type { ReactElement } from "react";
import { z } from "zod";
import {
  all,
  Catch,
  type Json,
  Output,
  Parallel,
  Progress,
  Publish,
  Sequence,
  sleep,
  Status,
  Suspense,
  use,
  waitFor,
  WaitFor,
  workflow,
} from "@alder/core";
import type { AnyWorkflow } from "../harness.ts";
import {
  Agent,
  Ask,
  Asker,
  AsyncLeaf,
  Bad,
  ByAttempt,
  Card,
  Chains,
  Comeback,
  Dawdler,
  Deep,
  FailsBeside,
  Flaky,
  Hasty,
  Leaf,
  LeafBad,
  LeafFlaky,
  Middle,
  Mood,
  MoodStamp,
  MoodSwing,
  Nap,
  Napper,
  RetriedAgent,
  Same,
  Stamp,
  Stateful,
  Stubborn,
  TimesOut,
  Toggle,
  Treed,
  Twins,
  Wide,
  Words,
  Worse,
} from "./components.tsx";

export interface Program {
  readonly workflow: AnyWorkflow;
  /** How many signals `x` its runs are sent, at any time. */
  readonly signals: number;
}

function program(body: () => Json | ReactElement | Promise<Json>, signals = 0): Program {
  const schemas = { input: z.object({}), signals: { x: z.string() } };
  return { workflow: workflow("Program", schemas, body as () => Json), signals };
}

const asyncProgram = (body: () => Promise<Json>, signals = 0): Program => {
  const schemas = { input: z.object({}), signals: { x: z.string() } };
  return { workflow: workflow("Program", schemas, async () => body()), signals };
};

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const render: Record<string, Program> = {
  "a chain of use": program(() => {
    const seen: number[] = [];
    for (const v of numbers(6)) seen.push(use(Stamp.run({ v: [v, seen.at(-1) ?? 0] })).n);
    return seen;
  }),
  "all of eight": program(() => use(all(numbers(8).map((v) => Stamp.run({ v })))).map(({ n }) => n)),
  "equal calls": program(() => [0, 1, 2].map(() => use(Stamp.run({ v: 1 })).n)),
  "chains in a component": program(() => use(Chains.run({ items: [1, 2, 3, 4] }))),
  "equal calls in parallel chains": program(() => use(Twins.run({ items: [1, 2, 3] }))),
  "nested three deep": program(() => (
    <Parallel>
      <Middle v={10} />
      <Middle v={20} />
    </Parallel>
  )),
  agents: program(() => (
    <Parallel>
      <Agent v={1} />
      <Agent v={2} />
    </Parallel>
  )),
  "a sequence": program(() => (
    <Sequence>
      <Stamp v={1} />
      <Stamp v={1} />
      <Nap ms={1} />
      <Stamp v={2}>{({ n }) => <Stamp v={n} />}</Stamp>
      <Nap ms={2} />
      <Parallel>
        <Stamp v={5} />
        <Stamp v={6} />
      </Parallel>
    </Sequence>
  )),
  "cards, keyed by hand": program(() => (
    <Parallel>
      <Card v={1} />
      <Card v={2} />
    </Parallel>
  )),
  "cards under Suspense": program(() => (
    <Suspense fallback={<Status>wait</Status>}>
      <Card v={1} />
      <Card v={2} />
    </Suspense>
  )),
  "state and effects": program(() => (
    <Parallel>
      <Stateful v="x" />
      <Stateful v="y" />
    </Parallel>
  )),
  "a React context that changes": program(() => (
    <MoodSwing>
      <MoodStamp />
    </MoodSwing>
  )),
  "a context in a body": program(() => [use(Mood), use(Stamp.run({ v: use(Mood) })).n]),
  "Parallel with a limit": program(() => (
    <Parallel limit={2}>
      {[1, 2, 3, 4, 5].map((v) => (
        <Stamp key={v} v={v}>
          {({ n }) => <Stamp v={n} />}
        </Stamp>
      ))}
    </Parallel>
  )),
  "documents, one at a time": program(() => (
    <Parallel limit={1}>
      {["a", "b", "c"].map((name) => (
        <Sequence key={name}>
          <Stamp v={name} />
          <Nap ms={1} />
          <Stamp v="remind" />
        </Sequence>
      ))}
    </Parallel>
  )),
  "calls as props": program(() => (
    <Stamp v={Stamp.run({ v: Stamp.run({ v: 1 }) })}>{({ n }) => <Stamp v={n} />}</Stamp>
  )),
  "all as a prop": program(() => {
    const parts = all({ a: Stamp.run({ v: 1 }), b: all([Stamp.run({ v: 2 }), Leaf.run({ v: "l" })]) });
    return [use(Same.run({ v: parts })), use(Stamp.run({ v: parts })).n];
  }),
  "what it says on the way": program(() => {
    const a = use(Stamp.run({ v: 1 }));
    const b = use(Stamp.run({ v: a.n }));
    return (
      <Sequence>
        <Status>{`first ${a.n}`}</Status>
        <Stamp v={2} />
        <Progress value={a.n} max={b.n} />
        <Publish name="b" value={b} />
        <Words v={b.n} />
        <Status>{`first ${a.n}`}</Status>
        <Output value={a.n} />
      </Sequence>
    );
  }),
  "steps that come and go": program(() => (
    <Parallel>
      <Toggle key={1} />
      <Toggle key={2} />
      <Stamp v="t">{({ n }) => <Stamp v={n} />}</Stamp>
    </Parallel>
  )),
  "a component taken away and back": program(() => (
    <Parallel>
      <Comeback key={1} />
      <Stamp v="t" />
    </Parallel>
  )),
  "async workflows as elements": program(() => (
    <Parallel>
      <AsyncLeaf v="1">{(leaf) => <Stamp v={leaf} />}</AsyncLeaf>
      <AsyncLeaf v="2" />
    </Parallel>
  )),
  "calls made at odd times": program(() => (
    <Parallel>
      <Dawdler v={1} />
      <Dawdler v={2} />
      <Stamp v={1} />
    </Parallel>
  )),
  "races inside components": program(() => use(all([Hasty.run({ v: 1 }), Hasty.run({ v: 2 })]))),
  "streamed text": program(() => use(all([Words.run({ v: 1 }), Words.run({ v: 2 })]))),
};

const failing: Record<string, Program> = {
  "a Catch": program(() => (
    <Catch fallback={(error) => <Stamp v={error.message} />}>
      <Parallel>
        <Stamp v={1} />
        <Bad v={1} />
        <Stamp v={2}>{({ n }) => <Stamp v={n} />}</Stamp>
      </Parallel>
    </Catch>
  )),
  "which of two failures": program(() => (
    <Catch fallback={(error) => <Stamp v={error.message} />}>
      <Parallel>
        <Bad v={1} />
        <Worse v={2} />
        <Stamp v={3} />
      </Parallel>
    </Catch>
  )),
  "a Catch, and on": program(() => (
    <Sequence>
      <Catch fallback={(error) => <Stamp v={error.message} />}>
        <Parallel>
          <Stamp v={1} />
          <Stamp v={2}>{({ n }) => <Stamp v={n} />}</Stamp>
          <Stamp v={1}>{({ n }) => <Bad v={n} />}</Stamp>
        </Parallel>
      </Catch>
      <Stamp v="after" />
      <Stamp v="after that" />
    </Sequence>
  )),
  "a failing nested workflow": program(() => (
    <Catch fallback={(error) => <Stamp v={error.message} />}>
      <Parallel>
        <LeafBad v={1} />
        <Leaf v="2" />
      </Parallel>
    </Catch>
  )),
  "attempts of components": program(() => (
    <Parallel>
      <Stamp v={1} />
      <Stubborn v="a" fails={2} />
      <Stubborn v="b" fails={1} />
      <Stamp v={2} />
    </Parallel>
  )),
  "attempts in a nested workflow": program(() =>
    use(all([LeafFlaky.run({ v: "1" }), LeafFlaky.run({ v: "2" })])),
  ),
  "attempts of an agent": program(() => use(RetriedAgent.run({ v: "1" }))),
  "other calls in every attempt": program(() => (
    <Sequence>
      <ByAttempt v={1} />
      <Stamp v="after" />
    </Sequence>
  )),
  "failures of failures": program(() => use(Deep.run({ v: "1" }))),
  "failures inside what is unfinished": program(() => use(FailsBeside.run({ v: "1" })) as Json),
  "a tree in a retried component": program(() => use(Treed.run({ v: "1" }))),
  "trees with failures": program(() => (
    <Parallel>
      <Wide v="a" />
      <Wide v="b" />
    </Parallel>
  )),
  "a timeout": program(() => use(all([TimesOut.run({ v: 1 }), Stamp.run({ v: 2 })])).map(({ v }) => v)),
  "a failed prop": program(() => {
    const bad = Bad.run({ v: 1 });
    return (
      <Catch fallback={(error) => <Stamp v={error.message} />}>
        <Stamp v={bad} />
      </Catch>
    );
  }),
};

const waiting: Record<string, Program> = {
  signals: program(
    () => (
      <Parallel>
        <Sequence key="a">
          <Stamp v={1} />
          <WaitFor name="x">{(v) => <Stamp v={v} />}</WaitFor>
        </Sequence>
        <Sequence key="b">
          <Stamp v={2} />
          <WaitFor name="x">{(v) => <Stamp v={v} />}</WaitFor>
        </Sequence>
      </Parallel>
    ),
    3,
  ),
  "signals in components": program(() => use(all([Asker.run({ v: 1 }), Asker.run({ v: 2 })])), 3),
  "signals here and in a component": program(() => {
    const [a, b] = use(all([Asker.run({ v: 1 }), waitFor("x")]));
    return [a, b, use(Stamp.run({ v: b })).n];
  }, 3),
  "a signal nobody waits for any more": program(
    () => (
      <Parallel>
        <Catch fallback={<WaitFor name="x" />}>
          <WaitFor name="x" />
          <Bad v={1} />
        </Catch>
        <Ask v={1} />
      </Parallel>
    ),
    3,
  ),
  "a signal or a step": asyncProgram(async () => {
    const first = await Promise.race([waitFor("x"), Agent.run({ v: 1 })]);
    return [first, await waitFor("x", { key: "again" }), (await Stamp.run({ v: "z" })).n];
  }, 3),
  "a signal or a timer": asyncProgram(async () => {
    const late = sleep(4).then(() => "late");
    const first = await Promise.race([waitFor("x"), late]);
    return [first, (await Stamp.run({ v: first })).n, await late];
  }, 3),
  "naps in components": program(() => use(all([Napper.run({ v: 1 }), Napper.run({ v: 2 })]))),
};

const bodies: Record<string, Program> = {
  "async chains": asyncProgram(() =>
    Promise.all(
      [1, 2, 3, 4].map(async (item) => {
        const a = await Same.run({ v: item });
        const b = await Stamp.run({ v: ["b", a] });
        return [b.n, (await Stamp.run({ v: b.n })).n];
      }),
    ),
  ),
  "equal calls in async chains": asyncProgram(() =>
    Promise.all(
      [1, 2, 3, 4].map(async (item) => {
        const a = await Same.run({ v: item });
        const b = await Stamp.run({ v: "same" });
        return [a, b.n, (await Stamp.run({ v: [item, b.n] })).n];
      }),
    ),
  ),
  "equal calls after microtasks": asyncProgram(() =>
    Promise.all(
      [1, 2, 3].map(async (item) => {
        await Same.run({ v: item });
        for (let wait = 0; wait < item * 3; wait++) await Promise.resolve();
        return [item, (await Stamp.run({ v: "same" })).n];
      }),
    ),
  ),
  "an async loop": asyncProgram(async () => {
    const seen: Json[] = [];
    for (let round = 0; round < 5; round++) {
      try {
        seen.push((await Stamp.run({ v: round })).n);
        if (round === 2) await Bad.run({ v: round });
      } catch (error) {
        seen.push((error as Error).message);
      }
    }
    await sleep(1);
    return seen;
  }),
  "async races": asyncProgram(async () => {
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      const pair = Promise.all([Stamp.run({ v: [round, "p"] }), Stamp.run({ v: [round, "q"] })]);
      const single = [Stamp.run({ v: round }), Stamp.run({ v: [round, "o"] })];
      seen.push((await Promise.race([...single, pair.then(([first]) => first)])).n);
    }
    return seen;
  }),
  "async calls as props": asyncProgram(async () => {
    const a = Stamp.run({ v: 1 });
    const b = Stamp.run({ v: a });
    const c = Stamp.run({ v: Stamp.run({ v: b }) });
    return [(await c).n, (await b).n, (await a).n];
  }),
  "workflows in an async body": asyncProgram(async () => {
    const leaf = Leaf.run({ v: "1" });
    const wide = Wide.run({ v: "w" });
    return [await leaf, (await wide) as Json, await AsyncLeaf.run({ v: "2" })];
  }),
  "a failure awaited late": asyncProgram(async () => {
    const bad = Bad.run({ v: 0 });
    const a = await Stamp.run({ v: 1 });
    const b = await Stamp.run({ v: a.n });
    try {
      return await bad;
    } catch (error) {
      return [a.n, b.n, (error as Error).message];
    }
  }),
  "a body that ends with calls under way": asyncProgram(async () => {
    const left = [AsyncLeaf.run({ v: "a" }), Agent.run({ v: 7 }), Middle.run({ v: 3 })];
    const first = await Stamp.run({ v: 1 });
    const second = await Promise.race([Stamp.run({ v: first.n }), ...left]);
    return [first.n, second as Json];
  }),
  "a mix": asyncProgram(async () => {
    const seen: Json[] = [];
    for (let round = 0; round < 2; round++) {
      const tree = Wide.run({ v: `${round}` });
      const hasty = Hasty.run({ v: round });
      seen.push((await Promise.race([tree, hasty.then((ns) => ["hasty", ns])])) as Json, await hasty);
    }
    await Flaky.run({ v: "mix", fails: 1 }).catch(() => null);
    return seen;
  }),
};

export const PROGRAMS: Readonly<Record<string, Program>> = { ...render, ...failing, ...waiting, ...bodies };
