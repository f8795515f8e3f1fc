/** @jsxImportSource @alder/core */
// Calls that combine and wait, plain values, inline steps, contexts, and the elements for them.
import {
  Approval,
  type Call,
  component,
  type Decision,
  type ErrorData,
  type Json,
  now,
  Race,
  race,
  random,
  render,
  Retry,
  settled,
  Sleep,
  sleepUntil,
  Status,
  Timeout,
  use,
  uuid,
  waitFor,
  workflow,
} from "@alder/core";
import { createContext } from "react";
import { z } from "zod";
import { Nothing, Outline, Research } from "./components.test-d.tsx";
import { same, some } from "./same.ts";

const text = some<Call<string>>();
const number = some<Call<number>>();
const flag = some<Call<boolean>>();
const Theme = createContext("light");

// ---- calls, combined
workflow("combined", () => {
  const first = use(race([text, number]));
  same<typeof first, string | number>(true);
  const named = use(race({ text, flag }));
  same<typeof named, string | boolean>(true);
  const [outcome, other] = use(settled([text, number]));
  if (outcome.status === "fulfilled") same<typeof outcome.value, string>(true);
  if (outcome.status === "rejected") same<typeof outcome.error, ErrorData>(true);
  if (other.status === "fulfilled") same<typeof other.value, number>(true);
  // @ts-expect-error it has a value only where it has succeeded
  void outcome.value;
  // @ts-expect-error a promise has no identity
  race([text, Promise.resolve(1)]);
  // @ts-expect-error values are no calls
  settled(["a"]);
  // @ts-expect-error one call is no list of calls
  race(text);
  return null;
});

// ---- async bodies
workflow("awaited", async () => {
  const first = await race([text, number]);
  same<typeof first, string | number>(true);
  const outcomes = await settled({ text });
  same<typeof outcomes.text.status, "fulfilled" | "rejected">(true);
  const tree = await render(<Nothing />);
  same<typeof tree, unknown>(true);
  const typed = await render(<Nothing />, { output: z.array(z.string()), key: "tree" });
  same<typeof typed, string[]>(true);
  const slept = await sleepUntil(new Date(), { key: 1 });
  same<typeof slept, void>(true);
  const signal = await race([waitFor("say", { schema: z.string() }), sleepUntil(0)]);
  same<typeof signal, string | void>(true);
  // @ts-expect-error elements do not stand in data
  await render({ tree: <Nothing /> });
  // @ts-expect-error no time
  await sleepUntil(true);
  // @ts-expect-error a schema, not a type
  await waitFor("say", { schema: "string" });
  // @ts-expect-error what is awaited is text, and no notes
  await Outline.run({ notes: await text });
  return first;
});

// ---- plain values
const values = { at: now(), chance: random(), id: uuid() };
same<typeof values, { at: number; chance: number; id: string }>(true);
// @ts-expect-error it takes no seed
random(1);

// ---- inline steps and contexts
component(
  "Inline",
  { input: z.object({ topic: z.string() }), contexts: [Theme] },
  async ({ topic }, step) => {
    const three = await step.run("three", async () => 3);
    same<typeof three, number>(true);
    const joined = await step.run("joined", async function* () {
      yield topic;
    });
    same<typeof joined, string>(true);
    const attempt = await step.run("attempt", async (inner) => inner.attempt, { key: topic });
    same<typeof attempt, number>(true);
    const theme = step.use(Theme);
    same<typeof theme, string>(true);
    // @ts-expect-error a Date is not JSON
    void step.run("dated", async () => new Date());
    // @ts-expect-error work is async
    void step.run("plain", () => 3);
    // @ts-expect-error a name comes first
    void step.run(async () => 3);
    // @ts-expect-error a call is no context
    step.use(text);
    return three;
  },
);
// @ts-expect-error contexts are what createContext() returned
component("Named", { input: z.object({}), contexts: ["theme"] }, async () => null);
// @ts-expect-error contexts are a list
component("Single", { input: z.object({}), contexts: Theme }, async () => null);
Research.timeout({ attempt: "1m", total: "10m", idle: 500 });
// @ts-expect-error no such limit
Research.timeout({ all: "10m" });

// ---- elements
export const tree = (
  <Race>
    <Retry attempts={3}>
      <Timeout after="1m">
        <Research topic="x" />
      </Timeout>
    </Retry>
    <Sleep key="nap" for="1d" />
    <Sleep until="2027-01-31T09:00:00Z">{() => <Status>Awake</Status>}</Sleep>
    <Approval name="send">
      <Nothing />
    </Approval>
    <Approval name="send" key="again">
      {(decision) => {
        same<typeof decision, Decision>(true);
        return decision.approved ? <Nothing /> : null;
      }}
    </Approval>
  </Race>
);
// @ts-expect-error no duration
export const soon = <Timeout after="soon" />;
// @ts-expect-error how long?
export const forever = <Timeout />;
// @ts-expect-error attempts is a number
export const often = <Retry attempts="3" />;
// @ts-expect-error for how long, or until when?
export const asleep = <Sleep />;
// @ts-expect-error no duration
export const napping = <Sleep for="a while" />;
// @ts-expect-error which signal?
export const unnamed = <Approval />;
// @ts-expect-error a race has no limit
export const limited = <Race limit={2} />;

// ---- signals that a body declares
export const Declared = workflow(
  "declared",
  { input: z.object({}), signals: { say: z.string() }, streams: { list: z.array(z.string()) } },
  async (_, step) => {
    step.publish("list", ["a"]);
    const raw = await waitFor("say");
    same<typeof raw, Json>(true);
    return raw;
  },
);
same<(typeof Declared)["~types"]["signals"]["say"], z.ZodString>(true);
// @ts-expect-error a signal's schema is a schema
workflow("wrong", { input: z.object({}), signals: { say: "string" } }, async () => null);
// @ts-expect-error a stream's schema is a schema
workflow("wrong", { input: z.object({}), streams: { list: ["string"] } }, async () => null);
