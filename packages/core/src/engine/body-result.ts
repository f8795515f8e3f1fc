import { isCall } from "../authoring/call.ts";
import { AlderError } from "../errors/alder-error.ts";
import { toReadable } from "../errors/readable.ts";

/** Refuses what a render body must not return, and a `use` whose suspension was swallowed. */
export function checkReturned(returned: unknown, label: string, isBlocked: boolean): void {
  if (isBlocked) {
    throw new AlderError(
      "use_in_try",
      `workflow ${label} called use() inside try/catch, which swallowed its suspension: put a <Catch> around the step, or make the body async and await it`,
    );
  }
  if (isCall(returned)) {
    throw new AlderError(
      "call_returned",
      `workflow ${label} returned a call: return use(call), or an element`,
    );
  }
  if (isThenable(returned)) {
    throw new AlderError(
      "promise_from_render",
      `the body of workflow ${label} returned a promise without being an async function: ` +
        `make it async, or put the async work in a component and use() its call`,
    );
  }
}

/** What a render body has thrown, or, where React would take it for something else, what is wrong with it. */
export function checkThrown(thrown: unknown, label: string): unknown {
  const readable = toReadable(thrown);
  if (!isThenable(readable)) return readable;
  return new AlderError(
    "foreign_promise",
    `the body of workflow ${label} threw a promise, as libraries do that suspend by themselves: ` +
      `put the async work in a component and use() its call`,
  );
}

export function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
