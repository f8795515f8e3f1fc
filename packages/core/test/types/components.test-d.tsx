/** @jsxImportSource @alder/core */
// Components: what is inferred from a body, what a body may give, what callers may pass.
import { all, type Call, component, type Component, type Json, sleep, workflow } from "@alder/core";
import { same, some } from "./same.ts";

// ---- inference
export const Research = component(
  "Research",
  async ({ topic, count }: { topic: string; count?: number }, step) => {
    step.status(topic);
    same<typeof count, number | undefined>(true);
    same<typeof step.signal, AbortSignal>(true);
    return { hits: [topic], at: 1 };
  },
)
  .retry({ attempts: 5, backoff: "exponential", initial: "500ms", max: "1m", jitter: 0.5 })
  .timeout("2m")
  .timeout({ attempt: 1000 })
  .cache("1d")
  .cache({ ttl: "7d", scope: "run", version: 2 });
same<
  typeof Research,
  Component<{ topic: string; count?: number }, { hits: string[]; at: number }, "Research">
>(true);
same<typeof Research.name, "Research">(true);

export const Draft = component(
  "Draft",
  async function* ({ heading, notes }: { heading: string; notes: { hits: string[] } }, step) {
    step.progress(1, 2);
    yield heading;
    yield notes.hits.join();
  },
);
const Yields = component("Yields", async function* ({ count }: { count: number }) {
  yield { count };
});
const Returns = component("Returns", async function* ({ count }: { count: number }) {
  yield "x";
  return { count };
});
export const Outline = component("Outline", async ({ notes }: { notes: { hits: string[] } }) => notes.hits);
export const Nothing = component("Nothing", async () => {});
interface Tree {
  name: string;
  children: Tree[];
}
const Recursive = component("Recursive", async ({ tree }: { tree: Tree }) => tree);
const AnyOutput = component("AnyOutput", async ({ text }: { text: string }) => JSON.parse(text));
const AnyJson = component("AnyJson", async ({ json }: { json: Json }): Promise<Json> => json);
const Readonlys = component("Readonlys", async ({ list }: { list: readonly string[] }) => ({
  list,
  optional: undefined as string | undefined,
}));
same<ReturnType<typeof Draft.run>, Call<string>>(true);
same<ReturnType<typeof Yields.run>, Call<{ count: number }[]>>(true);
same<ReturnType<typeof Returns.run>, Call<{ count: number }>>(true);
same<ReturnType<typeof Outline.run>, Call<string[]>>(true);
same<ReturnType<typeof Nothing.run>, Call<void>>(true);
same<ReturnType<typeof Recursive.run>, Call<Tree>>(true);
same<ReturnType<typeof AnyOutput.run>, Call<any>>(true); // oxlint-disable-line typescript/no-explicit-any
same<ReturnType<typeof AnyJson.run>, Call<Json>>(true);
same<ReturnType<typeof Readonlys.run>, Call<{ list: readonly string[]; optional: string | undefined }>>(true);
void Nothing.run();

// ---- props that may be pending
type Kind = { kind: "a"; a: string } | { kind: "b"; b: number };
const Props = component(
  "Props",
  async (props: {
    literal: "x" | "y";
    flag: boolean;
    list: string[];
    optional?: number;
    nullable: string | null;
    tuple: [number, string];
    anything: unknown;
    record: Record<string, number>;
  }) => props.literal,
);
const text = some<Call<string>>();
const flag = some<Call<boolean>>();
const list = some<Call<string[]>>();
const x = some<Call<"x">>();
const number = some<Call<number>>();
const rest = { nullable: null, tuple: [1, "a"] as [number, string], anything: 1, record: { a: 1 } };
void Props.run({ literal: "x", flag: true, list: ["a"], ...rest });
void Props.run(
  {
    literal: x,
    flag,
    list,
    optional: number,
    nullable: text,
    tuple: [1, "a"],
    anything: text,
    record: { a: 1 },
  },
  { key: 1 },
);
void Props.run({ literal: "x", flag: true, list: all([text, text]), ...rest });
// @ts-expect-error a wide string for a literal
void Props.run({ literal: text, flag: true, list: [], ...rest });
// @ts-expect-error an optional prop is left out, not undefined
void Props.run({ literal: "x", optional: undefined, flag: true, list: [], ...rest });
// @ts-expect-error calls only at the top level of props
void Props.run({ literal: "x", flag: true, list: [text], ...rest });
// @ts-expect-error a promise is no call
void Props.run({ literal: "x", flag: true, list: Promise.resolve([]), ...rest });
// @ts-expect-error no such prop
void Research.run({ topic: "x", tpoic: "y" });
// @ts-expect-error missing props
void Research.run();
// @ts-expect-error a key is a string or a number
void Research.run({ topic: "x" }, { key: true });
const Union = component("Union", async (props: Kind) => props.kind);
void Union.run({ kind: "a", a: "x" });
void Union.run({ kind: "b", b: number });
// @ts-expect-error wrong arm
void Union.run({ kind: "a", b: 1 });
export const unionElement = <Union kind="b" b={number} />;
// @ts-expect-error wrong arm
export const wrongUnionElement = <Union kind="a" b={1} />;

// ---- what is refused
// @ts-expect-error Date
component("D", async () => ({ at: new Date() }));
// @ts-expect-error Map
component("D", async () => new Map());
// @ts-expect-error function
component("D", async () => ({ get: () => 1 }));
// @ts-expect-error bigint
component("D", async () => ({ big: 1n }));
class Money {
  amount = 1;
  add(): number {
    return this.amount;
  }
}
class Plain {
  amount = 1;
}
// @ts-expect-error class with methods
component("D", async () => new Money());
component("D", async () => new Plain()); // indistinguishable from an object literal: refused at run time
// @ts-expect-error JSX
component("D", async () => <Nothing />);
// @ts-expect-error JSX or null
component("D", async ({ a }: { a: boolean }) => (a ? <Nothing /> : null));
// @ts-expect-error synchronous
component("D", () => 1);
// @ts-expect-error no work
component("D");
// @ts-expect-error a call inside data, not awaited
component("D", async () => ({ result: Nothing.run() }));
// @ts-expect-error yields a Date
component("D", async function* () {
  yield new Date();
});
// @ts-expect-error belongs to JSX
component("D", async ({ key }: { key: string }) => key);
// @ts-expect-error belongs to JSX
component("D", async ({ children }: { children: string }) => children);
// @ts-expect-error Date as a prop
component("D", async ({ at }: { at: Date }) => at.getTime());
// @ts-expect-error function as a prop
component("D", async ({ get }: { get: () => number }) => get());
// @ts-expect-error not callable
Research({ topic: "x" });
// @ts-expect-error no duration
Research.timeout("2 minutes");
// @ts-expect-error no such field
Research.timeout({ perAttempt: "2m" });
// @ts-expect-error no such backoff
Research.retry({ attempts: 2, backoff: "fixed" });
// @ts-expect-error attempts is required
Research.retry({});

// @ts-expect-error no duration
Research.cache("1 day");
// @ts-expect-error ttl is required
Research.cache({ scope: "run" });
// @ts-expect-error no such scope
Research.cache({ ttl: "1d", scope: "user" });
// @ts-expect-error no such field
Research.cache({ ttl: "1d", key: "x" });
Research.run({ topic: "x" }, { key: 1, cache: false });
Research.run({ topic: "x" }, { cache: "refresh" });
Nothing.run({}, { cache: "refresh" });
// @ts-expect-error a cache is a policy, not an option of a call
Research.run({ topic: "x" }, { cache: true });
// @ts-expect-error the same
Research.run({ topic: "x" }, { cache: "1d" });
// @ts-expect-error no option of an element: `cache` is a prop there, and Research has none
<Research topic="x" cache={false} />;
// @ts-expect-error no option of a timer
sleep("1s", { cache: false });
// @ts-expect-error workflows are not cached
workflow("uncached", () => null).run({}, { cache: false });

// ---- step
component("Talkative", async (_: {}, step) => {
  step.publish("x", { a: 1, trees: [] as Tree[] });
  // @ts-expect-error Date
  step.publish("x", { at: new Date() });
  step.log("done", { level: "warn", count: 1 });
  // @ts-expect-error no such level
  step.log("done", { level: "loud" });
  step.usage({ inputTokens: 1, outputTokens: 2, cost: 0.1 });
  await step.write("delta", { stream: "notes" });
  const result = await Research.run({ topic: "x" });
  same<typeof result, { hits: string[]; at: number }>(true);
  const caught = Research.run({ topic: "x" }).catch(() => null);
  same<typeof caught, Promise<{ hits: string[]; at: number } | null>>(true);
});
