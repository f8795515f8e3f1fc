import type { RandomBytes } from "../../store/transitions/create-run.ts";

/** Bytes that are the same in every test: a run's id, `random()` and `uuid()` are, too. */
export function countedBytes(): RandomBytes {
  let count = 0;
  return (size) => Uint8Array.from({ length: size }, () => (count = (count * 137 + 43) % 251));
}
