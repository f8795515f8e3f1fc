/**
 * Calls combined in a render body, as one pending value: `all` of them, the first of a `race`, or each as it `settled`.
 *
 * 1. It is settled by what its members are, in the order their results were applied: the same in every life of the run.
 * 2. Its identity is that of all its members, also once a race is decided.
 */
import { CALL } from "../authoring/call.ts";
import type { CombineKind } from "../authoring/runtime.ts";
import { toErrorData } from "../errors/error-data.ts";
import { canonicalJson } from "../internal/canonical-json.ts";
import { isPendingValue, type PendingValue } from "./pending-value.ts";
import { refuseThen, type Scope } from "./scope.ts";

export class Combined implements PendingValue {
  readonly [CALL] = true as const;
  readonly kind: CombineKind;
  /** Names of the members of an object; null for an array. */
  readonly names: readonly string[] | null;
  readonly members: readonly unknown[];
  /** The scope they were combined in. */
  readonly scope: Scope;
  status: "pending" | "fulfilled" | "rejected" = "pending";
  value: unknown = undefined;
  reason: unknown = undefined;
  order = -1;
  /** Which member has won the race; -1 while none has. */
  #winner = -1;
  /** Members before this one are known to be settled. */
  #checked = 0;

  constructor(scope: Scope, kind: CombineKind, members: readonly unknown[], names: readonly string[] | null) {
    this.scope = scope;
    this.kind = kind;
    this.members = members;
    this.names = names;
  }

  get identity(): string {
    return `${this.kind}(${this.members.map((member) => memberIdentity(member)).join()})${this.names === null ? "" : JSON.stringify(this.names)}`;
  }

  /** A member was cleared by a new attempt: other calls stand for its step now. */
  isStale(): boolean {
    // What lost a race is dropped, and the race stays decided.
    return this.asked().some((member) => (member instanceof Combined ? member.isStale() : isDead(member)));
  }

  /** A render body is called back by nobody. */
  then(_onFulfilled?: unknown, _onRejected?: unknown): unknown {
    return refuseThen(this.scope);
  }

  catch(onRejected?: ((reason: unknown) => unknown) | null): unknown {
    return this.then(undefined, onRejected);
  }

  finally(_onFinally?: unknown): unknown {
    return refuseThen(this.scope);
  }

  /** True once `settle` would settle it with no failure known. Amortised constant cost, but for a race. */
  isReady(): boolean {
    if (this.status !== "pending") return true;
    if (this.kind === "race") return this.members.some(isReadyValue);
    while (this.#checked < this.members.length) {
      if (!isReadyValue(this.members[this.#checked])) return false;
      this.#checked++;
    }
    return true;
  }

  /** Members that are waited for: of a decided race the winner. */
  asked(): readonly unknown[] {
    return this.#winner < 0 ? this.members : [this.members[this.#winner]];
  }

  /** What a decided race goes on without, of these members, which stand for the same steps as its own. */
  losers(members = this.members): readonly unknown[] {
    if (this.#winner < 0) return [];
    return members.filter((_, index) => index !== this.#winner);
  }

  /** Takes the members' state over. */
  settle(): void {
    if (this.status !== "pending") return;
    const states = this.members.map(stateOf);
    if (this.kind === "race") return this.#settleRace(states);
    const pending = states.some(({ status }) => status === "pending");
    const failed =
      this.kind === "all" ? earliest(states.filter(({ status }) => status === "rejected")) : null;
    if (failed !== null) this.#take(failed);
    else if (!pending) {
      const values = this.kind === "all" ? states.map(({ value }) => value) : states.map(toSettled);
      const order = Math.max(-1, ...states.map((state) => state.order));
      this.#take({ status: "fulfilled", value: this.#shaped(values), reason: undefined, order });
    }
  }

  #settleRace(states: readonly MemberState[]): void {
    const first = earliest(states.filter(({ status }) => status !== "pending"));
    if (first === null) return;
    this.#winner = states.indexOf(first);
    this.#take(first);
  }

  #take({ status, value, reason, order }: MemberState): void {
    this.status = status;
    this.value = value;
    this.reason = reason;
    this.order = order;
  }

  #shaped(values: readonly unknown[]): unknown {
    const { names } = this;
    return names === null ? values : Object.fromEntries(names.map((name, index) => [name, values[index]]));
  }
}

export function isReadyValue(value: unknown): boolean {
  if (!isPendingValue(value)) return true;
  return value instanceof Combined ? value.isReady() : value.status !== "pending";
}

type MemberState = Pick<PendingValue, "status" | "value" | "reason" | "order">;

/** A member that is no pending value is there from the beginning. */
function stateOf(member: unknown): MemberState {
  if (!isPendingValue(member)) return { status: "fulfilled", value: member, reason: undefined, order: -1 };
  if (member instanceof Combined) member.settle();
  return member;
}

function earliest(states: readonly MemberState[]): MemberState | null {
  let first: MemberState | null = null;
  for (const state of states) if (first === null || state.order < first.order) first = state;
  return first;
}

/** A result as data, so that it can be a prop. */
export function toSettled(state: { status: string; value?: unknown; reason?: unknown }): unknown {
  const { status, value, reason } = state;
  return status === "rejected" ? { status, error: toErrorData(reason) } : { status, value };
}

function memberIdentity(member: unknown): string {
  return isPendingValue(member)
    ? member.identity
    : canonicalJson(member, "a member of all(), race() or settled()");
}

function isDead(member: unknown): boolean {
  return isPendingValue(member) && "dead" in member && member.dead === true;
}
