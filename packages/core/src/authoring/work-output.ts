/**
 * The output of a component's body: what its promise resolves to; of a generator what it returns, else its yields,
 * joined if all of them are text. `onYield` is awaited before the generator goes on. What `begin`, which is the body, throws
 * at once rejects as well.
 */
export function workOutput(
  begin: () => unknown,
  onYield: (value: unknown) => void | PromiseLike<void>,
): Promise<unknown> {
  let returned: unknown;
  try {
    returned = begin();
  } catch (error) {
    return Promise.reject(error);
  }
  return isGenerator(returned) ? drained(returned, onYield) : Promise.resolve(returned);
}

async function drained(
  returned: AsyncGenerator<unknown, unknown, void>,
  onYield: (value: unknown) => void | PromiseLike<void>,
): Promise<unknown> {
  const yields: unknown[] = [];
  for (let next = await returned.next(); ; next = await returned.next()) {
    if (next.done === true) return next.value === undefined ? joined(yields) : next.value;
    yields.push(next.value);
    try {
      await onYield(next.value);
    } catch (error) {
      // Lets its `finally` blocks run: it is not asked for more.
      await returned.return(undefined);
      throw error;
    }
  }
}

function joined(yields: readonly unknown[]): unknown {
  return yields.every((chunk) => typeof chunk === "string") ? yields.join("") : yields;
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, void> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
}
