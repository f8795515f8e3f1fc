import { AlderError } from "./alder-error.ts";

/**
 * What was thrown, or an error in its place where it cannot be read, a proxy say: React's work loop, which is one for all
 * runs of the process, breaks at such a value.
 */
export function toReadable(thrown: unknown): unknown {
  try {
    void (thrown as { readonly then?: unknown } | null | undefined)?.then;
    return thrown;
  } catch (cause) {
    return new AlderError(
      "unreadable_error",
      "something was thrown whose properties throw when they are read: throw an Error",
      { cause },
    );
  }
}
