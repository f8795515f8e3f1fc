/** Calls combined in a render body, as one pending value. In async code `Promise.all` and friends do this. */
import { CALL } from "../authoring/call.ts";
import { canonicalJson } from "../internal/canonical-json.ts";
import { isPendingValue, type PendingValue } from "./pending-value.ts";
import { quiet } from "./quiet.ts";

export class Combined implements PendingValue {
  readonly [CALL] = true as const;
  /** Names of the members of an object; null for an array. */
  readonly names: readonly string[] | null;
  members: readonly unknown[];
  status: "pending" | "fulfilled" | "rejected" = "pending";
  value: unknown = undefined;
  reason: unknown = undefined;
  order = -1;
  /** Members before this one are known to be settled. */
  #checked = 0;

  constructor(members: readonly unknown[], names: readonly string[] | null) {
    this.members = members;
    this.names = names;
  }

  get identity(): string {
    return `all(${this.members.map((member) => memberIdentity(member)).join()})${this.names === null ? "" : JSON.stringify(this.names)}`;
  }

  /** A member was cleared by a new attempt: other calls stand for its step now. */
  isStale(): boolean {
    return this.members.some((member) => (member instanceof Combined ? member.isStale() : isDead(member)));
  }

  /** React attaches here; a bump re-renders the body instead. */
  then(_onFulfilled?: unknown, _onRejected?: unknown): unknown {
    return undefined;
  }

  /** True once `settle` would settle it with all members fulfilled. Amortised constant cost. */
  isReady(): boolean {
    if (this.status !== "pending") return true;
    while (this.#checked < this.members.length) {
      if (!isReadyValue(this.members[this.#checked])) return false;
      this.#checked++;
    }
    return true;
  }

  /** Takes the members' state over: the first failure, or every value. */
  settle(): void {
    if (this.status !== "pending") return;
    let failed: PendingValue | null = null;
    let last = -1;
    let pending = false;
    for (const member of this.members) {
      if (!isPendingValue(member)) continue;
      if (member instanceof Combined) member.settle();
      if (member.status === "pending") pending = true;
      else if (member.status === "rejected" && (failed === null || member.order < failed.order))
        failed = member;
      last = Math.max(last, member.order);
    }
    if (failed !== null) {
      this.status = "rejected";
      this.reason = failed.reason;
      this.order = failed.order;
    } else if (!pending) {
      this.value = this.currentValue();
      this.status = "fulfilled";
      this.order = last;
    }
  }

  currentValue(): unknown {
    if (this.status === "fulfilled") return this.value;
    const values = this.members.map((member) =>
      member instanceof Combined ? member.currentValue() : isPendingValue(member) ? member.value : member,
    );
    return this.names === null
      ? values
      : Object.fromEntries(this.names.map((name, index) => [name, values[index]]));
  }
}

/** `all` in async code: it can be awaited, and it can be a prop. */
export class AwaitedCombined extends Combined {
  #promise: Promise<unknown> | null = null;

  override then(
    onFulfilled?: ((value: never) => unknown) | null,
    onRejected?: ((reason: unknown) => unknown) | null,
  ) {
    return quiet(this.#result().then(onFulfilled as never, onRejected));
  }

  catch(onRejected?: ((reason: unknown) => unknown) | null): unknown {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): unknown {
    return quiet(this.#result().finally(onFinally));
  }

  #result(): Promise<unknown> {
    const { names } = this;
    this.#promise ??= quiet(
      Promise.all(this.members).then((values) =>
        names === null ? values : Object.fromEntries(names.map((name, index) => [name, values[index]])),
      ),
    );
    return this.#promise;
  }
}

export function isReadyValue(value: unknown): boolean {
  if (!isPendingValue(value)) return true;
  return value instanceof Combined ? value.isReady() : value.status !== "pending";
}

function memberIdentity(member: unknown): string {
  return isPendingValue(member) ? member.identity : canonicalJson(member, "all()");
}

function isDead(member: unknown): boolean {
  return isPendingValue(member) && "dead" in member && member.dead === true;
}
