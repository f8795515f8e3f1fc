/** What the runtime needs of React: the elements by name, the root of a run's tree, and `use`. */
import { createElement, use, type ComponentType, type Context, type ReactNode } from "react";
import type { ElementName } from "../authoring/runtime.ts";
import { Progress, Publish, Status } from "./announce.ts";
import { Catch } from "./catch.ts";
import { Fallback } from "./fallback.ts";
import { KeyedPlace } from "./keyed.ts";
import { Limit } from "./limit.ts";
import { Output } from "./output.ts";
import { Parallel } from "./parallel.ts";
import type { RenderScope } from "./place.ts";
import { Race } from "./race.ts";
import { Retry } from "./retry.ts";
import { NestedScopes } from "./scope.ts";
import { Sequence } from "./sequence.ts";
import { Suspense } from "./suspense.ts";
import { Timeout } from "./timeout.ts";

const ELEMENTS: Readonly<Record<ElementName, unknown>> = {
  Sequence,
  Parallel,
  Race,
  Catch,
  Fallback,
  Retry,
  Timeout,
  Limit,
  Suspense,
  Status,
  Progress,
  Publish,
  Output,
  Keyed: KeyedPlace,
};

export function renderBuiltIn(name: ElementName, props: object): ReactNode {
  return createElement(ELEMENTS[name] as ComponentType<object>, props);
}

/** The tree of a run: the scopes of the workflows that nothing else mounts, its own first. */
export function rootTree(scope: Pick<RenderScope, "bumpNested" | "nestedScopes">): ReactNode {
  return createElement(NestedScopes, { scope });
}

/** React's `use`: of a context, or of something with `status`, `value` and `reason`. */
export function useInReact(source: unknown): unknown {
  return use(source as Context<unknown>);
}
