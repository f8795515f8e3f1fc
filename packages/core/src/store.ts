/** `@alder/core/store`: the interface a store implements. */
export type * from "./store/store.ts";
