/**
 * What is executed in a test run in the place of each definition.
 *
 * 1. A definition is known by its body and name: a component keeps its mock whatever policies it was given since.
 * 2. Every component notes its props when it starts, mocked or not; nothing is changed outside of the run.
 */
import type { Definition } from "../../authoring/definition.ts";
import { encodeInput } from "../../authoring/schema.ts";
import type { Step } from "../../authoring/step.ts";
import { AlderError } from "../../errors/alder-error.ts";
import { NonRetryableError } from "../../errors/non-retryable-error.ts";
import type { Json } from "../../internal/json.ts";
import type { Mock } from "./mock.ts";

interface NotedCall {
  readonly definition: Definition;
  readonly props: Json;
}

export class StandIns {
  readonly #mocks: readonly Mock[];
  readonly #runsUnmocked: boolean;
  readonly #calls: NotedCall[] = [];
  readonly #known = new WeakMap<Definition, Definition>();
  /** A component that was executed though the test forbids it. */
  unmocked: AlderError | null = null;

  constructor(mocks: readonly Mock[], runsUnmocked: boolean) {
    this.#mocks = mocks;
    this.#runsUnmocked = runsUnmocked;
  }

  /** Props with which the component was started, in order. */
  callsOf(definition: Definition): readonly Json[] {
    return this.#calls.filter((call) => isSame(call.definition, definition)).map(({ props }) => props);
  }

  readonly substitute = (definition: Definition): Definition => {
    let standIn = this.#known.get(definition);
    if (standIn === undefined) {
      standIn = this.#standInFor(definition);
      this.#known.set(definition, standIn);
      this.#known.set(standIn, standIn);
    }
    return standIn;
  };

  #standInFor(definition: Definition): Definition {
    const mocked = this.#mocks.findLast((candidate) => isFor(candidate, definition));
    if (mocked === undefined && definition.kind !== "component") return definition;
    const body = (props: never, step: Step): unknown => {
      const given = encodeInput(definition, props);
      this.#calls.push({ definition, props: given });
      if (mocked !== undefined) return toAsync(mocked.work(given as never, step));
      if (this.#runsUnmocked) return definition.body?.(props, step);
      this.unmocked ??= notMocked(definition);
      throw new NonRetryableError(this.unmocked.message);
    };
    return { ...definition, kind: "component", isAsync: true, body };
  }
}

function isFor({ definition: mocked, name }: Mock, definition: Definition): boolean {
  if (mocked !== undefined) return isSame(mocked, definition);
  return definition.isInline === true && definition.name === name;
}

function isSame(one: Definition, other: Definition): boolean {
  return one.body === other.body && one.name === other.name;
}

/** A plain generator is taken for one that streams. */
function toAsync(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  return Symbol.iterator in given && "next" in given
    ? streamed(given as Generator<unknown, unknown, void>)
    : given;
}

async function* streamed(given: Generator<unknown, unknown, void>): AsyncGenerator<unknown, unknown, void> {
  return yield* given;
}

function notMocked({ name, isInline }: Definition): AlderError {
  const what = isInline === true ? `step.run("${name}")` : `component "${name}"`;
  const give = isInline === true ? `mock("${name}", …)` : `mock(${name}, …)`;
  return new AlderError(
    "not_mocked",
    `${what} was executed in a test run that executes mocks only: give ${give}, or leave out unmocked: "fail"`,
  );
}
