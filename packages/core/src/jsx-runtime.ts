/** `@alder/core/jsx-runtime`: what `jsxImportSource` `@alder/core` compiles to. */
export { Fragment, jsx, jsxs } from "./elements/jsx.ts";
export type { JSX } from "./authoring/jsx.ts";
