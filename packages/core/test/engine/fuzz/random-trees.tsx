/** @jsxImportSource @alder/core */
/** Random trees of components, workflows and elements, grown from a seed of their own. */
import type { ReactElement } from "react";
import { z } from "zod";
import {
  all,
  Catch,
  component,
  type Json,
  Parallel,
  Sequence,
  Status,
  Suspense,
  use,
  workflow,
} from "@alder/core";
import { jitter } from "./chance.ts";
import { Bad, Flaky, Stamp, Stateful, Stubborn } from "./components.tsx";
import type { Program } from "./programs.tsx";

type Kind = (typeof LEAVES)[number] | (typeof INNER)[number];

interface Growth {
  readonly kind: Kind;
  /** Where it grows: props of steps are made of it. */
  readonly path: string;
  readonly key: string | undefined;
  readonly variant: number;
  readonly below: readonly Growth[];
}

const LEAVES = ["step", "card", "agent", "data", "stateful", "twins", "stubborn"] as const;
const INNER = [
  "sequence",
  "parallel",
  "catch",
  "suspense",
  "fragment",
  "child",
  "async",
  "component",
] as const;

/** Trees that nested workflows and components render, by path. */
const planted = new Map<string, Growth>();

export function growProgram(seed: number): Program {
  let state = (seed * 7919) % 2147483647;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const pick = <T,>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const grow = (depth: number, path: string, key?: string): Growth => {
    const kind: Kind = depth === 0 || random() < 0.35 ? pick(LEAVES) : pick(INNER);
    const variant = Math.floor(random() * 4);
    const isInner = (INNER as readonly string[]).includes(kind);
    const isSingle = kind === "child" || kind === "async" || kind === "component";
    const count = isInner ? (isSingle ? 1 : 1 + Math.floor(random() * 3)) : 0;
    const below = Array.from({ length: count }, (_, index) =>
      grow(depth - 1, `${path}${index}`, random() < 0.5 ? `k${index}` : undefined),
    );
    if (isSingle) planted.set(path, below[0]!);
    return { kind, path, key, variant, below };
  };
  const root = grow(3, `${seed}-`);
  const schemas = { input: z.object({}) };
  return { workflow: workflow("Tree", schemas, () => build(root, "root")), signals: 0 };
}

/** Children are keyed by their index where the tree does not key them, so that no two are the same step. */
function build({ kind, path: v, variant, below }: Growth, key: string): ReactElement {
  const children = below.map((child, index) => build(child, child.key ?? `i${index}`));
  switch (kind) {
    case "step":
      return <Stamp key={key} v={v} />;
    case "card":
      return <Card key={key} v={v} />;
    case "agent":
      return <Agent key={key} v={v} />;
    case "data":
      return <Data key={key} v={v} variant={variant} />;
    case "stateful":
      return <Stateful key={key} v={v} />;
    case "stubborn":
      return <Stubborn key={key} v={v} fails={variant % 3} />;
    case "twins":
      return (
        <Parallel key={key}>
          <Stamp v={v} />
          <Stamp v={v} />
        </Parallel>
      );
    case "sequence":
      return <Sequence key={key}>{children}</Sequence>;
    case "parallel":
      return (
        <Parallel key={key} {...(variant < 2 ? { limit: 2 } : {})}>
          {children}
        </Parallel>
      );
    case "catch":
      return (
        <Catch key={key} fallback={(error) => <Stamp v={["fallback", v, error.message]} />}>
          {children}
          {variant < 3 && <Bad key="bad" v={v} />}
        </Catch>
      );
    case "suspense":
      return (
        <Suspense key={key} fallback={<Status>{v}</Status>}>
          {children}
        </Suspense>
      );
    case "fragment":
      return <Nothing key={key}>{children}</Nothing>;
    case "child":
      return (
        <Stamp key={key} v={v}>
          {({ n }) => (n % 7 === 0 ? null : children)}
        </Stamp>
      );
    case "async":
      return <Async key={key} v={v} variant={variant} />;
    case "component":
      return <Treed key={key} v={v} fails={variant % 3} />;
  }
}

function Nothing({ children }: { children?: ReactElement[] }): ReactElement[] {
  return children ?? [];
}

interface Variant {
  v: string;
  variant: number;
}

const Planted = workflow("Planted", ({ v }: { v: string }) => build(planted.get(v)!, "planted"));
const Card = workflow("Card", ({ v }: { v: string }) => {
  const a = use(Stamp.run({ v }));
  return <Stamp v={use(Stamp.run({ v: [v, a.n] })).n} />;
});
const Agent = component("Agent", async ({ v }: { v: string }) => {
  const parts = await Promise.all(
    [0, 1].map(async (part) => (await Stamp.run({ v: [v, (await Stamp.run({ v: [v, part] })).n] })).n),
  );
  return [...parts, (await Stamp.run({ v: parts })).n];
});
const Data = workflow("Data", ({ v, variant }: Variant): Json => {
  if (variant === 0) return use(all([Stamp.run({ v }), Stamp.run({ v: `${v}b` })]));
  if (variant === 1) return use(Stamp.run({ v: all([Stamp.run({ v }), Agent.run({ v })]) }));
  if (variant === 2) return use(Stamp.run({ v: Stamp.run({ v: Agent.run({ v }) }) }));
  return [use(Card.run({ v })) as Json, use(Stamp.run({ v })).n];
});
const Async = workflow("Async", async ({ v, variant }: Variant): Promise<Json> => {
  if (variant === 0) {
    return Promise.all(
      [1, 2, 3].map(async (part) => Stamp.run({ v: [v, (await Stamp.run({ v: "same" })).n, part] })),
    );
  }
  if (variant === 1) {
    const first = await Promise.race([Stamp.run({ v }), Planted.run({ v }), Agent.run({ v })]);
    return [first as Json, (await Stamp.run({ v: first as Json })).n];
  }
  if (variant === 2) {
    try {
      await Promise.all([Stamp.run({ v }), Bad.run({ v }), Stamp.run({ v: Stamp.run({ v: "n" }) })]);
    } catch (error) {
      return [(error as Error).message, (await Stamp.run({ v: "c" })).n];
    }
  }
  return (await Planted.run({ v })) as Json;
});
const Treed = component("Treed", async ({ v, fails }: { v: string; fails: number }): Promise<Json> => {
  const beside = Planted.run({ v });
  const a = await Stamp.run({ v });
  await jitter();
  const b = await Flaky.run({ v: `treed ${v}`, fails });
  return [a.n, b.n, (await beside) as Json];
}).retry({ attempts: 3, initial: 0, jitter: false });
