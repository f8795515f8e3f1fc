import { useInReact } from "../elements/built-in-elements.ts";

/** What React is handed in place of a call: it attaches, and is never called back, as a bump re-renders the body. */
const PENDING = {
  status: "pending",
  // oxlint-disable-next-line unicorn/no-thenable -- that is what React suspends on
  then() {},
} as const;

/** Suspends the body that is executing. */
export function suspend(): unknown {
  return useInReact(PENDING);
}
