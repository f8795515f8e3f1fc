/** Calls combined in async code: a pending value, and so a prop, as in a render body, and a promise besides. */
import type { CombineKind } from "../authoring/runtime.ts";
import type { AsyncScope } from "./async-scope.ts";
import { callsAmong } from "./call.ts";
import { Combined, toSettled } from "./combined.ts";
import { quiet } from "./quiet.ts";

export class AwaitedCombined extends Combined {
  declare readonly scope: AsyncScope;
  #promise: Promise<unknown> | null = null;

  constructor(
    scope: AsyncScope,
    kind: CombineKind,
    members: readonly unknown[],
    names: readonly string[] | null,
  ) {
    super(scope, kind, members, names);
    // A race goes on without its losers whether or not it is awaited.
    if (kind === "race") void this.#result();
  }

  override then(
    onFulfilled?: ((value: never) => unknown) | null,
    onRejected?: ((reason: unknown) => unknown) | null,
  ) {
    return quiet(this.#result().then(onFulfilled as never, onRejected));
  }

  override finally(onFinally?: (() => void) | null): unknown {
    return quiet(this.#result().finally(onFinally));
  }

  #result(): Promise<unknown> {
    this.#promise ??= quiet(this.kind === "race" ? this.#first() : this.#each());
    return this.#promise;
  }

  async #each(): Promise<unknown> {
    const { kind, members, names } = this;
    const values =
      kind === "all" ? await Promise.all(members) : (await Promise.allSettled(members)).map(toSettled);
    return names === null ? values : Object.fromEntries(names.map((name, index) => [name, values[index]]));
  }

  /** Who was first is told by the order in which results were applied, not by the order of the members. */
  async #first(): Promise<unknown> {
    await Promise.race(this.members).catch((reason: unknown) => {
      this.settle();
      // The body was cancelled: nobody has won.
      if (this.status === "pending") throw reason;
    });
    this.settle();
    this.scope.letGo(callsAmong(this.losers()));
    if (this.status === "rejected") throw this.reason;
    return this.value;
  }
}
