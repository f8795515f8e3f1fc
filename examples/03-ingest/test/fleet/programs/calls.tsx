/** @jsxImportSource @alder/core */
// Workflows of nothing but calls to a provider, each under limits of its own.
import { all, component, use, workflow, type Component } from "@alder/core";
import { ask, providerA, providerB } from "../../../src/model.ts";
import { careful, rated, slow } from "./limits.ts";

type Ask = Component<{ n: number }, string>;

const toPrompt = (n: number) =>
  `Summarise it.\n<document name="${n}/README.md">\nHerons of kind ${n} stand in shallow water and wait for fish.\n</document>`;

const AskA = component("AskA", async ({ n }: { n: number }, step) => await ask(providerA, toPrompt(n), step));
const AskB = component("AskB", async ({ n }: { n: number }, step) => await ask(providerB, toPrompt(n), step));

const askAll = (Ask: Ask, { from, count }: { from: number; count: number }) =>
  use(all(Array.from({ length: count }, (_, index) => Ask.run({ n: from + index })))).length;

const Rated = AskA.limit(rated);
export const RatedCalls = workflow("rated-calls", (given: { from: number; count: number }) =>
  askAll(Rated, given),
);

const Slow = AskA.limit(slow);
export const SlowCalls = workflow("slow-calls", (given: { from: number; count: number }) =>
  askAll(Slow, given),
);

const Careful = AskA.limit(careful).fallback(AskB.limit({ key: "careful-b", concurrency: 8 }));
export const CarefulCalls = workflow("careful-calls", (given: { from: number; count: number }) =>
  askAll(Careful, given),
);
