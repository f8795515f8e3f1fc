/** @jsxImportSource @alder/core */
// Limits: what `.limit` and `<Limit>` take.
import {
  type BreakerPolicy,
  type Component,
  Limit,
  type LimitPolicy,
  type Rate,
  workflow,
} from "@alder/core";
import { Nothing, Research } from "./components.test-d.tsx";
import { same } from "./same.ts";

const llm = { key: "llm", concurrency: 20, rate: "500/1m" } as const;

const Limited = Research.limit(llm).limit({ key: "search", rate: "5/1s", burst: 2 });
same<typeof Limited, typeof Research>(true);
same<
  typeof Limited extends Component<infer P, infer O, infer N> ? [P, O, N] : never,
  typeof Research extends Component<infer P, infer O, infer N> ? [P, O, N] : never
>(true);

const breaker: BreakerPolicy = { failures: 5, within: "30s", open: "1m" };
export const whole: LimitPolicy = {
  key: "llm",
  concurrency: 1,
  rate: "1/500ms",
  tokens: "200000/1.5h",
  burst: 1,
  breaker,
};
Nothing.limit({ key: "llm", tokens: "200000/1m" }).retry({ attempts: 2 });
export const rate: Rate = "500/1m";

// @ts-expect-error a limit has a key
Nothing.limit({ concurrency: 1 });
// @ts-expect-error a period is a number with its unit
Nothing.limit({ key: "llm", rate: "500/m" });
// @ts-expect-error a rate is text
Nothing.limit({ key: "llm", rate: 500 });
// @ts-expect-error a rate has a period
Nothing.limit({ key: "llm", tokens: "200000" });
// @ts-expect-error no such unit
Nothing.limit({ key: "llm", rate: "500/1w" });
// @ts-expect-error no such field
Nothing.limit({ key: "llm", per: "1m" });
// @ts-expect-error one limit a call
Nothing.limit([llm]);
// @ts-expect-error a number of steps
Nothing.limit({ key: "llm", concurrency: "20" });
// @ts-expect-error a breaker says for how long
Nothing.limit({ key: "llm", breaker: { failures: 5, within: "30s" } });

export const Tree = workflow("tree", () => (
  <Limit key="llm" concurrency={2}>
    <Limit {...llm} breaker={breaker}>
      <Nothing />
    </Limit>
    {/* @ts-expect-error a limit has a key */}
    <Limit concurrency={2} />
    {/* @ts-expect-error a period is a number with its unit */}
    <Limit key="llm" rate="500/m" />
    {/* @ts-expect-error no such field */}
    <Limit key="llm" limit={2} />
  </Limit>
));
