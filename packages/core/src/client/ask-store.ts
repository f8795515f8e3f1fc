import { AlderError } from "../errors/alder-error.ts";

/**
 * Awaits one operation of the store. What a store throws without a code of Alder's (a lost connection, a file that
 * cannot be opened) becomes `store_unavailable`, so that callers tell "try again" from "do not".
 */
export async function askStore<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    if (cause instanceof AlderError) throw cause;
    throw new AlderError(
      "store_unavailable",
      "The store could not be reached, read or written just now. Nothing that was acknowledged is lost: try again.",
      { cause },
    );
  }
}
