/**
 * The calls of a render body, found again by the slot they stand in.
 *
 * 1. A slot whose call is the same as in the pass before gives the same call without hashing; from the first slot that
 *    differs on, equal unkeyed calls are counted anew (E3).
 * 2. The first `#counted` slots are as some pass has made them, one after the other. What stands behind them is older: it
 *    is taken again only where counting gives the same call.
 * 3. `call.slot` of a call in a counted slot is that slot.
 */
import type { CallOptions } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import { useInReact } from "../elements/built-in-elements.ts";
import type { StepCall } from "./call.ts";
import { callFor } from "./calls.ts";
import { haveSameContexts, readContexts, type ContextValues } from "./contexts.ts";
import { contentOf } from "./identity.ts";
import { sameInline } from "./inline-step.ts";
import { MOST_REPLACED, restlessBody } from "./restless-body.ts";
import type { Run } from "./run.ts";
import type { RenderBody, Scope } from "./scope.ts";

interface Slot {
  readonly definition: Definition;
  readonly key: string | undefined;
  readonly props: object;
  readonly countKey: string;
  readonly occurrence: number;
  readonly contexts: ContextValues;
  readonly call: StepCall;
}

/** Where a pass is. */
export interface SlotCursor {
  /** Number of calls made so far: the next one's slot. */
  made: number;
  /** A call was not the same as in the pass before: from there on equal ones are counted anew. */
  isCounting: boolean;
}

export class BodySlots {
  readonly #run: Run;
  readonly #scope: Scope & RenderBody;
  readonly #slots: Slot[] = [];
  /** How often each call was made in the counted slots. */
  readonly #counts = new Map<string, number>();
  #counted = 0;
  /** How often a finished call was asked for with other props. */
  #replaced = 0;

  constructor(run: Run, scope: Scope & RenderBody) {
    this.#run = run;
    this.#scope = scope;
  }

  /** `.run` in the body: the pass's next call. */
  call(pass: SlotCursor, definition: Definition, props: object, options: CallOptions | undefined): StepCall {
    const call = this.#callAt(pass.made, pass, definition, props, options);
    pass.made++;
    return call;
  }

  #callAt(
    index: number,
    pass: SlotCursor,
    definition: Definition,
    props: object,
    options: CallOptions | undefined,
  ): StepCall {
    const key = options?.key === undefined ? undefined : String(options.key);
    const slot = this.#slots[index];
    const contexts = readContexts(definition, useInReact);
    const isSame =
      slot !== undefined &&
      isSameDefinition(slot.definition, definition) &&
      slot.key === key &&
      haveSameContexts(slot.contexts, contexts) &&
      haveSameValues(slot.props as Record<string, unknown>, props as Record<string, unknown>);
    if (isSame && !pass.isCounting && index < this.#counted && !slot.call.dead) return slot.call;
    const content = isSame ? slot.call.content : contentOf(props, definition.name, contexts);
    const countKey = isSame ? slot.countKey : `${definition.name}|${key ?? ""}|${content}`;
    const occurrence = this.#count(pass, index, countKey);
    if (isSame && slot.occurrence === occurrence && !slot.call.dead) {
      slot.call.slot = index;
      return slot.call;
    }
    const { name } = definition;
    if (occurrence > 0 && definition.isInline) throw sameInline(name, this.#scope.label);
    const request = { definition, props, scope: this.#scope, key, keys: "", content, contexts, occurrence };
    const call = callFor(this.#run, request);
    call.slot = index;
    (call.bodies ??= new Set()).add(this.#scope);
    if (slot?.call.status === "fulfilled" && slot.call.id !== call.id) this.#noteReplaced(slot.call, call);
    this.#slots[index] = { definition, key, props, countKey, occurrence, contexts, call };
    return call;
  }

  /** Visits the calls in the first slots. */
  forFirst(count: number, visit: (call: StepCall) => void): void {
    for (let index = 0; index < count; index++) visit(this.#slots[index]!.call);
  }

  /** The call is in one of the first slots. */
  isAmong(count: number, call: StepCall): boolean {
    return call.slot >= 0 && call.slot < count && this.#slots[call.slot]?.call === call;
  }

  #noteReplaced(was: StepCall, now: StepCall): void {
    if (was.definition.name !== now.definition.name || was.key !== now.key) return;
    if (++this.#replaced > MOST_REPLACED) this.#run.fail(restlessBody(this.#scope.label, was, now));
  }

  /** Which of several equal calls this one is. What was counted for the calls before it is kept from pass to pass. */
  #count(pass: SlotCursor, index: number, countKey: string): number {
    if (!pass.isCounting && this.#counted > index) {
      this.#counts.clear();
      this.#counted = 0;
    }
    pass.isCounting = true;
    for (; this.#counted < index; this.#counted++) this.#countOne(this.#slots[this.#counted]?.countKey ?? "");
    this.#counted = index + 1;
    return this.#countOne(countKey);
  }

  #countOne(countKey: string): number {
    const count = this.#counts.get(countKey) ?? 0;
    this.#counts.set(countKey, count + 1);
    return count;
  }
}

/** An inline step is written anew in every pass; the work of the first that asked for it is executed. */
function isSameDefinition(a: Definition, b: Definition): boolean {
  return a === b || (a.isInline === true && b.isInline === true && a.name === b.name);
}

function haveSameValues(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  if (a === b) return true;
  for (const name in a) if (!Object.is(a[name], b[name])) return false;
  for (const name in b) if (!(name in a)) return false;
  return true;
}
