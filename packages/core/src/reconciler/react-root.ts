/** One React root per run. */
import type { ReactNode } from "react";
import { ConcurrentRoot } from "react-reconciler/constants.js";
import { AlderError } from "../errors/alder-error.ts";
import { reconciler } from "./host-config.ts";
import { asReact } from "./react-working.ts";
import { createHostRoot, type HostRoot } from "./host-node.ts";

export interface ReactRoot {
  readonly host: HostRoot;
  /** Takes effect with the next `flushReact`. */
  render(tree: ReactNode): void;
  unmount(): void;
}

export interface ReactRootOptions {
  /** Renders twice and mounts twice, to bring impure bodies to light. */
  readonly strict: boolean;
  readonly onCommit: () => void;
  /** An error no boundary caught. Must not throw. */
  readonly onError: (error: unknown) => void;
}

export function createReactRoot(options: ReactRootOptions): ReactRoot {
  const host = createHostRoot(options.onCommit);
  const nothing = (): void => {};
  const container = reconciler.createContainer(
    host,
    ConcurrentRoot,
    null,
    options.strict,
    null,
    "",
    options.onError,
    nothing,
    nothing,
    nothing,
    null,
  );
  return {
    host,
    render(tree) {
      reconciler.updateContainerSync(tree, container, null, null);
    },
    unmount() {
      reconciler.updateContainerSync(null, container, null, null);
      flushReact();
      host.children.length = 0;
    },
  };
}

/**
 * Renders and commits everything scheduled, in all roots. Throws `react_broken` where React cannot be used any more in
 * this process: what was thrown broke its work loop, which takes itself to be rendering from then on.
 */
export function flushReact(): void {
  try {
    asReact(flushSyncWork);
  } catch (cause) {
    throw reconciler.isAlreadyRendering() ? reactBroken(cause) : cause;
  }
  if (reconciler.isAlreadyRendering()) throw reactBroken(undefined);
}

const flushSyncWork = (): void => void reconciler.flushSyncWork();

function reactBroken(cause: unknown): AlderError {
  return new AlderError(
    "react_broken",
    "a plain component has thrown what React cannot read (an object whose properties throw when they are read), " +
      "and this process can execute no workflow any more: throw an Error there, and start the process again",
    { cause },
  );
}
