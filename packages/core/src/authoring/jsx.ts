/** What JSX may contain under `jsxImportSource` `@alder/core`. */
import type { ReactElement, ReactNode } from "react";

export declare namespace JSX {
  type Element = ReactElement;
  type ElementType = (props: never) => ReactNode | Promise<ReactNode>;
  /** An async function that is no component of ours is let through by `ElementType`, and explained here. */
  type LibraryManagedAttributes<C, P> = C extends (...args: never) => infer R
    ? [R] extends [Promise<unknown>]
      ? P & { readonly "wrap this async function in component()": never }
      : P
    : P;
  interface ElementChildrenAttribute {
    children: {};
  }
  interface IntrinsicAttributes {
    key?: string | number;
  }
  interface IntrinsicElements {}
}
