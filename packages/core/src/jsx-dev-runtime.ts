/** `@alder/core/jsx-dev-runtime`: the same in development. */
export { Fragment, jsxDEV } from "./elements/jsx.ts";
export type { JSX } from "./authoring/jsx.ts";
