/** Turns a program into a workflow: the same words, said to Alder. */
import { createContext, type ReactElement, type ReactNode } from "react";
import { z } from "zod";
import {
  all,
  type Budget,
  type CachePolicy,
  type CacheScope,
  type Call,
  Catch,
  Fallback,
  component,
  type Json,
  Limit,
  type LimitPolicy,
  now,
  Output,
  Parallel,
  Race,
  race,
  random,
  render,
  Retry,
  Sequence,
  settled,
  Sleep,
  sleep,
  Status,
  type Step,
  Suspense,
  Timeout,
  type TimeoutPolicy,
  use,
  uuid,
  waitFor,
  WaitFor,
  workflow,
} from "@alder/core";
import { jsx, jsxs } from "@alder/core/jsx-runtime";
import type { AnyWorkflow } from "../harness.ts";
import { BACKOFF_MS, STUBBORN_ATTEMPTS } from "./behaviour.ts";
import { AMPLE, OVERSPENT, SMALL } from "./budgets.ts";
import { limitOf } from "./limits.ts";
import type {
  Body,
  Expression,
  FallbackName,
  LeafCall,
  LeafName,
  NestedCall,
  Program,
  ProgramCall,
  Prop,
  Statement,
  StepCall,
  Tree,
} from "./program.ts";
import type { World } from "./world.ts";

interface Variables {
  readonly values: Map<string, Json>;
  readonly held: Map<string, Call<Json>>;
  /** Of the body. */
  readonly step: Step;
}

type LeafProps = {
  readonly site: string;
  readonly v: Json;
  readonly fails?: number;
  readonly nonce?: Json;
};
type NestedProps = { readonly site: string; readonly v: Json };

let world: World;

/** The world that the steps of all programs work in from now on: one run is executed at a time. */
export function enter(entered: World): void {
  world = entered;
}

export function buildWorkflow({ body, signals, budget }: Program): AnyWorkflow {
  const declared = Object.fromEntries(signals.map(({ name }) => [name, z.json()]));
  const own = budget?.own ?? null;
  const schemas = { input: z.object({}), signals: declared, ...(own !== null && { budget: BUDGETS[own] }) };
  return body.kind === "render"
    ? workflow("Program", schemas, (_, step) => renderBody(body, null, step) as ReactElement)
    : workflow("Program", schemas, async (_, step): Promise<Json> => asyncBody(body, null, step));
}

// ---- components and workflows

const leaf = (name: LeafName) =>
  component(name, ({ site, v, fails = 0 }: LeafProps, step): Promise<Json> =>
    world.work({ name, site, v, fails }, step),
  );
const retried = { initial: BACKOFF_MS, max: BACKOFF_MS, backoff: "constant", jitter: false } as const;

const Mood = createContext<Json>("none");

const LEAVES = {
  Work: leaf("Work"),
  Other: leaf("Other"),
  Spare: leaf("Spare"),
  Bad: leaf("Bad"),
  Flaky: leaf("Flaky"),
  Stubborn: component("Stubborn", ({ site, v, fails = 0 }: LeafProps, step): Promise<Json> =>
    world.work({ name: "Stubborn", site, v, fails }, step, step.attempt - 1),
  ).retry({ attempts: STUBBORN_ATTEMPTS, ...retried }),
  Contextual: component(
    "Contextual",
    { input: z.object({ site: z.string(), v: z.json() }), contexts: [Mood] },
    ({ site, v }, step): Promise<Json> =>
      world.work({ name: "Contextual", site, v: [v, step.use(Mood)], fails: 0 }, step),
  ),
  Words: component("Words", async function* ({ site, v, fails = 0 }: LeafProps, step: Step) {
    yield "al";
    yield String(await world.work({ name: "Words", site, v, fails }, step));
  }),
};

const withPolicies = createWithPolicies();

const BUDGETS = { small: SMALL, ample: AMPLE } as const;

function nestedWorkflows(budget?: Budget) {
  const options = budget === undefined ? {} : { budget };
  return {
    render: workflow(
      "Rendered",
      options,
      ({ site, v }: NestedProps, step) => renderBody(bodyAt(site, "render"), v, step) as ReactElement,
    ),
    async: workflow("Awaited", options, async ({ site, v }: NestedProps, step): Promise<Json> =>
      asyncBody(bodyAt(site, "async"), v, step),
    ),
  };
}

/** By what they may use. */
const WORKFLOWS = {
  anything: nestedWorkflows(),
  small: nestedWorkflows(SMALL),
  ample: nestedWorkflows(AMPLE),
} as const;

const Agent = component("Agent", async ({ site, v }: NestedProps, step): Promise<Json> =>
  asyncBody(bodyAt(site, "component"), v, step),
);
const AGENTS = {
  1: Agent,
  2: Agent.retry({ attempts: 2, ...retried }),
  3: Agent.retry({ attempts: 3, ...retried }),
} as const;

function bodyAt<K extends Body["kind"]>(site: string, kind: K): Extract<Body, { kind: K }> {
  const body = world.bodies.get(site);
  if (body?.kind !== kind) throw new Error(`no ${kind} body at ${site}`);
  return body as Extract<Body, { kind: K }>;
}

function nestedStep({ body, site }: NestedCall): typeof Agent {
  if (body.kind === "component") {
    const agent = AGENTS[body.attempts];
    return withPolicies(agent, world.limit?.hasAgents ?? false, null);
  }
  const { small = [], ample = [] } = world.budget ?? {};
  const kinds = WORKFLOWS[small.includes(site) ? "small" : ample.includes(site) ? "ample" : "anything"];
  return kinds[body.kind] as unknown as typeof Agent;
}

function leafOf(
  name: Exclude<LeafName, "Inline">,
  { fallbacks = [], totalMs }: Pick<LeafCall, "fallbacks" | "totalMs">,
): typeof LEAVES.Work {
  const { cache } = world;
  const made = fallingBack(LEAVES[name] as typeof LEAVES.Work, fallbacks);
  const isLimited = world.limit?.leaves.includes(name) ?? false;
  const scope = cache?.inRun.includes(name) ? "run" : cache?.byStore.includes(name) ? "tenant" : null;
  return withPolicies(made, isLimited, scope, totalMs);
}

/** One for each, too. */
const fallingBack = createFallingBack();

function createFallingBack() {
  type Leaf = typeof LEAVES.Work;
  const known = new Map<object, Map<FallbackName, Leaf>>();
  const withOne = (failing: Leaf, name: FallbackName): Leaf => {
    const made = known.get(failing) ?? new Map<FallbackName, Leaf>();
    known.set(failing, made);
    const value = ({ message }: { readonly message: string }, { site }: LeafProps): Json => [message, site];
    const found =
      made.get(name) ?? (name === "value" ? failing.fallback(value) : failing.fallback(LEAVES[name]));
    made.set(name, found);
    return found;
  };
  return (failing: Leaf, names: readonly FallbackName[]): Leaf => names.reduce(withOne, failing);
}

/** The same component with policies; one for each, or React would mount its elements anew. */
function createWithPolicies() {
  const worlds = new WeakMap<World, Map<object, Map<string, object>>>();
  return <C extends Limitable>(
    given: C,
    isLimited: boolean,
    scope: CacheScope | null,
    totalMs?: number,
  ): C => {
    const known = worlds.get(world) ?? new Map<object, Map<string, object>>();
    worlds.set(world, known);
    const made = known.get(given) ?? new Map<string, object>();
    known.set(given, made);
    const concurrency = isLimited ? (world.limit?.concurrency ?? null) : null;
    const name = `${concurrency}|${scope}|${totalMs}`;
    const found = made.get(name) ?? polished(given, concurrency, scope, totalMs);
    made.set(name, found);
    return found as C;
  };
}

interface Limitable {
  limit(policy: LimitPolicy): object;
  cache(policy: CachePolicy): object;
  timeout(policy: TimeoutPolicy): object;
}

function polished(
  given: Limitable,
  concurrency: number | null,
  scope: CacheScope | null,
  totalMs?: number,
): object {
  const timed = totalMs === undefined ? given : (given.timeout({ total: totalMs }) as Limitable);
  const kept =
    scope === null ? timed : (timed.cache({ ttl: FOR_EVER_MS, scope, version: world.id }) as Limitable);
  return concurrency === null ? kept : kept.limit(limitOf(concurrency));
}

/** Longer than any world lasts. */
const FOR_EVER_MS = 2 ** 45;

// ---- bodies

function renderBody(body: Extract<Body, { kind: "render" }>, input: Json, step: Step): ReactNode {
  const variables: Variables = { values: new Map([["input", plain(input)]]), held: new Map(), step };
  for (const statement of body.statements) {
    if (statement.kind === "get")
      variables.values.set(statement.name, plain(use(call(statement.call, variables))));
    if (statement.kind === "hold") variables.held.set(statement.name, call(statement.call, variables));
    if (statement.kind === "take") {
      const held = variables.held.get(statement.held);
      variables.values.set(statement.name, held === undefined ? null : plain(use(held)));
    }
  }
  return tree(body.result, variables);
}

async function asyncBody(
  body: Extract<Body, { kind: "async" | "component" }>,
  input: Json,
  step: Step,
): Promise<Json> {
  const variables: Variables = { values: new Map([["input", plain(input)]]), held: new Map(), step };
  await statements(body.statements, variables);
  return valueOf(body.result, variables);
}

async function statements(list: readonly Statement[], variables: Variables): Promise<void> {
  const { values, held } = variables;
  for (const statement of list) {
    switch (statement.kind) {
      case "get":
        values.set(statement.name, plain(await call(statement.call, variables)));
        break;
      case "hold":
        held.set(statement.name, call(statement.call, variables));
        break;
      case "take":
        values.set(statement.name, plain((await held.get(statement.held)) ?? null));
        break;
      case "loop":
        for (let round = 0; round < statement.count; round++) {
          values.set(statement.name, round);
          await statements(statement.body, variables);
        }
        break;
      case "try":
        try {
          await statements(statement.body, variables);
        } catch (error) {
          values.set(statement.name, plainMessage((error as Error).message));
          await statements(statement.caught, variables);
        }
        break;
      case "chains":
        values.set(
          statement.name,
          await Promise.all(
            Array.from({ length: statement.count }, async (_, index) => {
              const own = {
                ...variables,
                values: new Map(values).set(statement.index, index),
                held: new Map(held),
              };
              await statements(statement.body, own);
              return valueOf(statement.result, own);
            }),
          ),
        );
        break;
      case "first":
        values.set(
          statement.name,
          plain(await Promise.race(statement.calls.map((member) => call(member, variables)))),
        );
    }
  }
}

// ---- calls and trees

const COMBINE = { all, race, settled };
const NONCES = { now, random, uuid };

function call(made: ProgramCall, variables: Variables): Call<Json> {
  if (made.kind === "combined") {
    const members = made.of.map((member) => call(member, variables));
    const combine = COMBINE[made.how] as (calls: unknown) => unknown;
    const named = Object.fromEntries(members.map((member, index) => [`m${index}`, member]));
    return combine(made.isNamed ? named : members) as Call<Json>;
  }
  const options = made.key === undefined ? undefined : { key: made.key };
  if (made.kind === "render") return render(tree(made.tree, variables), options ?? {}) as Call<Json>;
  if (made.kind === "sleep") return sleep(made.ms, options) as unknown as Call<Json>;
  if (made.kind === "wait") return waitFor(made.signal, options ?? {});
  const v = prop(made.v, variables) as Json;
  if (made.kind === "nested") return nestedStep(made).run({ site: made.site, v }, options);
  const { name, site, fails, nonce } = made;
  if (name === "Inline") {
    const data = valueOf(made.v as Expression, variables);
    return variables.step.run(site, (step) => world.work({ name, site, v: data, fails: 0 }, step), options);
  }
  const own = { site, v, ...(fails === undefined ? {} : { fails }) };
  return leafOf(name, made).run(nonce === undefined ? own : { ...own, nonce: NONCES[nonce]() }, options);
}

function prop(value: Prop, variables: Variables): Json | Call<Json> {
  if (value.kind === "pending") return call(value.call, variables);
  if (value.kind === "held") return variables.held.get(value.name) ?? null;
  return valueOf(value, variables);
}

function valueOf(expression: Expression, variables: Variables): Json {
  if (expression.kind === "text") return expression.text;
  if (expression.kind === "value") return variables.values.get(expression.name) ?? null;
  return expression.of.map((part) => valueOf(part, variables));
}

function tree(grown: Tree, variables: Variables): ReactNode {
  switch (grown.kind) {
    case "data":
      return valueOf(grown.value, variables) as ReactNode;
    case "step": {
      const { then } = grown;
      if (then === undefined) return stepElement(grown.call, {}, variables);
      const children = (value: Json): ReactNode =>
        tree(then.tree, { ...variables, values: new Map(variables.values).set(then.name, value) });
      return stepElement(grown.call, { children }, variables);
    }
    case "output":
      return jsx(Output, { value: valueOf(grown.value, variables) });
    case "output tree":
      return jsx(Output, { children: tree(grown.tree, variables) });
    case "status":
      return jsx(Status, { children: grown.text });
    case "catch": {
      const fallback = (error: { readonly message: string }): ReactNode =>
        tree(grown.fallback, {
          ...variables,
          values: new Map(variables.values).set(grown.name, plainMessage(error.message)),
        });
      return container(Catch, { fallback }, grown, variables);
    }
    case "parallel":
      return container(Parallel, grown.limit === undefined ? {} : { limit: grown.limit }, grown, variables);
    case "sequence":
      return container(Sequence, {}, grown, variables);
    case "fallback":
      return container(Fallback, {}, grown, variables);
    case "race":
      return container(Race, {}, grown, variables);
    case "retry":
      return container(Retry, { attempts: grown.attempts }, grown, variables);
    case "timeout":
      return container(Timeout, { after: grown.ms }, grown, variables);
    case "context":
      return container(Mood.Provider, { value: valueOf(grown.value, variables) }, grown, variables);
    case "suspense":
      return container(Suspense, { fallback: jsx(Status, { children: "pending" }) }, grown, variables);
    case "limit":
      return container(Limit, limitOf(grown.concurrency), grown, variables);
    case "plain":
      return container(Plain, {}, grown, variables);
  }
}

function Plain({ children }: { children?: ReactNode }): ReactNode {
  return children;
}

function stepElement(made: StepCall, props: object, variables: Variables): ReactElement {
  if (made.kind === "sleep") return jsx(Sleep, { ...props, for: made.ms }, made.key);
  if (made.kind === "wait") return jsx(WaitFor, { ...props, name: made.signal }, made.key);
  const own = { ...props, site: made.site, v: prop(made.v, variables) };
  if (made.kind === "nested") return jsx(nestedStep(made), own, made.key);
  const fails = made.fails === undefined ? {} : { fails: made.fails };
  if (made.name === "Inline") throw new Error("an inline step is no element");
  return jsx(leafOf(made.name, made), { ...own, ...fails }, made.key);
}

/** Children written in place; where every one has a key, an array of them. */
function container(
  type: unknown,
  props: object,
  { key, children }: { readonly key?: string; readonly children: readonly Tree[] },
  variables: Variables,
): ReactElement {
  const built = children.map((child) => tree(child, variables));
  if (built.length === 1) return jsx(type, { ...props, children: built[0] }, key);
  return jsxs(type, { ...props, children: built }, key);
}

/** Failures as data are their message: how an error is described is for other tests. */
function plain(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const { status, error } = value as { status?: Json; error?: Json };
  if (status === "rejected" && typeof error === "object")
    return { status, error: plainMessage((error as { message: string }).message) };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part ?? null)]));
}

export function plainMessage(message: string): string {
  if (message.includes("of its budget")) return OVERSPENT;
  if (message.includes("took longer altogether")) return "timeout";
  return message.startsWith("<Timeout") ? "timeout" : message;
}
