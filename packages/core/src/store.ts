/** `@alder/core/store`: the interface a store implements. */
export type * from "./store/limits.ts";
export type * from "./store/store.ts";
export type * from "./store/cache.ts";
