/**
 * The second argument of a body. Every attempt has one and most bodies use little of it, so a method is made when it is
 * asked for: it works taken off the object, too, as in `async (props, { write }) => …`.
 */
import type { Context } from "react";
import { inlineDefinition } from "../authoring/built-in.ts";
import { checkLevel, checkNumber, checkText, checkUsage } from "../authoring/check-said.ts";
import type { Step, WriteOptions } from "../authoring/step.ts";
import { AlderError } from "../errors/alder-error.ts";
import { toJson } from "../internal/canonical-json.ts";
import type { Json } from "../internal/json.ts";
import type { EventBody } from "../protocol/events.ts";
import type { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { CANCELLED } from "./cancelled.ts";
import { declaredContext } from "./contexts.ts";
import type { LazyAbort } from "./lazy-abort.ts";
import type { StepVoice } from "./step-voice.ts";
import { tooLarge } from "./value-limit.ts";

export interface StepContextOptions {
  readonly call: StepCall;
  /** Where its inline steps are called. */
  readonly scope: AsyncScope;
  /** 1 for the first try; retries count, recoveries do not. */
  readonly attempt: number;
  readonly abort: LazyAbort;
  readonly voice: StepVoice;
}

const DEFAULT_STREAM = "text";
/** Where yields go that are not text: one JSON document a line. */
const ITEMS_STREAM = "items";

export class StepContext implements Step {
  readonly #given: StepContextOptions;
  #offsets: Map<string, number> | null = null;

  constructor(given: StepContextOptions) {
    this.#given = given;
  }

  get signal(): AbortSignal {
    return this.#given.abort.signal;
  }

  get attempt(): number {
    return this.#given.attempt;
  }

  get idempotencyKey(): string {
    return `${this.runId}:${this.#given.call.id}`;
  }

  get runId(): string {
    return this.#given.scope.run.options.runId;
  }

  get tenant(): string | null {
    return this.#given.scope.run.options.tenant;
  }

  get status(): Step["status"] {
    return (message) => {
      const said = this.#short(checkText(message, this.#in("status()")), "status()");
      this.#say({ type: "status", message: said, step: this.#id });
    };
  }

  get progress(): Step["progress"] {
    return (value, max) => {
      const what = this.#in("progress()");
      const said = { value: checkNumber(value, what), max: max == null ? null : checkNumber(max, what) };
      this.#say({ type: "progress", ...said, step: this.#id });
    };
  }

  get publish(): Step["publish"] {
    return (name, value) => {
      const method = `publish("${checkText(name, this.#in("publish()"))}")`;
      const said = this.#short(toJson(value, this.#in(method)), method);
      this.#say({ type: "object", name, value: said, step: this.#id });
    };
  }

  get log(): Step["log"] {
    return (message, given) => {
      const what = this.#in("log()");
      const { level, ...fields } = given ?? {};
      const json = this.#short(toJson(fields, what), "log()") as { [field: string]: Json };
      const text = this.#short(checkText(message, what), "log()");
      const said = { level: checkLevel(level, what), message: text };
      const some = Object.keys(json).length === 0 ? {} : { fields: json };
      this.#say({ type: "log", ...said, step: this.#id, ...some });
    };
  }

  get usage(): Step["usage"] {
    return (given) => {
      const used = checkUsage(given, this.#in("usage()"));
      if (used === null) return;
      const { voice, scope } = this.#given;
      // What an attempt has used that was stopped was paid for, too; a workflow's body says what follows from its journal.
      const isOver = voice.chunkAttempt === null ? this.#isOver : scope.run.ended;
      if (!isOver) voice.use(used);
    };
  }

  get run(): Step["run"] {
    return (name, work, options) =>
      this.#given.scope.call(inlineDefinition(name, work), {}, options) as never;
  }

  get use(): Step["use"] {
    const { contexts } = this.#given.call;
    return (context) => declaredContext(contexts, context as Context<unknown>, this.#label) as never;
  }

  get write(): Step["write"] {
    return (delta, options) => this.#write(delta, options);
  }

  async #write(delta: string, options: WriteOptions | undefined): Promise<void> {
    const { voice, scope } = this.#given;
    if (voice.chunkAttempt === null) throw writeInWorkflow(this.#label);
    if (this.#isOver) throw CANCELLED;
    if (this.#short(checkText(delta, this.#in("write()")), "write()") === "") return;
    const stream = checkText(options?.stream ?? DEFAULT_STREAM, this.#in("write(), option stream,"));
    const offsets = (this.#offsets ??= new Map());
    const offset = offsets.get(stream) ?? 0;
    offsets.set(stream, offset + delta.length);
    voice.say({ type: "chunk", step: this.#id, attempt: voice.chunkAttempt, stream, offset, delta });
    await scope.run.options.outlet.ready();
  }

  /** Throws `value_too_large`. */
  #short<T extends Json>(value: T, method: string): T {
    const { call, scope } = this.#given;
    const error = tooLarge(scope.run, `what ${this.#in(method)} was given`, value, call.definition.name);
    if (error !== undefined) throw error;
    return value;
  }

  #say(event: EventBody): void {
    if (!this.#isOver) this.#given.voice.say(event);
  }

  get #id(): string {
    return this.#given.call.id;
  }

  get #label(): string {
    return this.#given.call.label;
  }

  #in(method: string): string {
    return `${this.#label}: step.${method}`;
  }

  get #isOver(): boolean {
    const { scope } = this.#given;
    return scope.ended || scope.run.ended;
  }
}

/** What a generator yields reaches the stream at once. Throws `not_json`. */
export function writeYield(step: Step, chunk: unknown): Promise<void> {
  if (typeof chunk === "string") return step.write(chunk);
  return step.write(`${JSON.stringify(toJson(chunk, "a yield"))}\n`, { stream: ITEMS_STREAM });
}

function writeInWorkflow(label: string): AlderError {
  return new AlderError(
    "write_in_workflow",
    `workflow ${label} called step.write(): put streaming work in a component`,
  );
}
