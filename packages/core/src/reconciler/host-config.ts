/**
 * React's host config, thin over the pure operations of `host-node.ts`.
 *
 * Every update is discrete: a run moves by sync-lane updates and `flushSyncWork` only, whatever priority React has set.
 * Suspense reveals are throttled by 300 ms on a clock shared by all roots, so host timeouts run at the next
 * `setImmediate` and are counted: the quiescence probe must know of them.
 */
import { createContext } from "react";
import ReactReconciler, { type EventPriority } from "react-reconciler";
import { DiscreteEventPriority, NoEventPriority } from "react-reconciler/constants.js";
import { AlderError } from "../errors/alder-error.ts";
import {
  attach,
  createHostNode,
  detach,
  setHidden,
  countUpwards,
  type HostNode,
  type HostProps,
  type HostRoot,
  type HostType,
  HOST_TYPES,
} from "./host-node.ts";
import { asReact } from "./react-working.ts";

interface HostTimeout {
  readonly immediate: NodeJS.Immediate;
  done: boolean;
}

const HOST_CONTEXT = {};
let currentPriority: EventPriority = NoEventPriority;
let outstandingTimeouts = 0;

/** How many of React's own timeouts have yet to run, in all roots. */
export function outstandingHostTimeouts(): number {
  return outstandingTimeouts;
}

const nothing = (): void => {};
const none = (): null => null;

export const reconciler = ReactReconciler<
  HostType,
  HostProps,
  HostRoot,
  HostNode,
  HostNode,
  never,
  never,
  never,
  never,
  HostNode,
  object,
  never,
  HostTimeout,
  -1,
  null,
  null,
  null,
  never,
  never,
  never
>({
  rendererPackageName: "@alder/core",
  rendererVersion: "0.0.0",
  extraDevToolsConfig: null,
  isPrimaryRenderer: true,
  warnsIfNotActing: false,
  supportsMutation: true,
  supportsPersistence: false,
  supportsHydration: false,

  createInstance(type, props, root, _context, fiber) {
    if (HOST_TYPES.has(type)) return createHostNode(type, props, root, fiber);
    throw new AlderError(
      "html_element",
      `<${type}> is an element of a web page, and a workflow renders none: use components, workflows and Alder's elements`,
    );
  },
  createTextInstance: (_text, root) => createHostNode("text", {}, root, null),
  appendInitialChild(parent, child) {
    parent.children.push(child);
    child.parent = parent;
    parent.count += countUpwards(child);
  },
  finalizeInitialChildren: (_node, type, props) => props.onDone !== undefined || type === "announcement",
  commitMount(node) {
    if (node.type === "announcement") node.root.announcements.add(node);
    else node.root.toCheck.add(node);
  },
  commitUpdate(node, type, before, after) {
    node.props = after;
    if (after.step !== undefined) after.step.node = node;
    if (after.onDone !== undefined) node.root.toCheck.add(node);
    if (type === "announcement" && before.announcement?.text !== after.announcement?.text) {
      node.root.announcements.add(node);
    }
  },
  appendChild: (parent, child) => attach(parent, child, null),
  insertBefore: (parent, child, before) => attach(parent, child, before),
  removeChild: (parent, child) => detach(parent, child),
  appendChildToContainer: (root, child) => attach(root, child, null),
  insertInContainerBefore: (root, child, before) => attach(root, child, before),
  removeChildFromContainer: (root, child) => detach(root, child),
  clearContainer(root) {
    root.children.length = 0;
    root.count = 0;
  },
  hideInstance: (node) => setHidden(node, true),
  unhideInstance: (node) => setHidden(node, false),
  hideTextInstance: (node) => setHidden(node, true),
  unhideTextInstance: (node) => setHidden(node, false),
  commitTextUpdate: nothing,
  resetTextContent: nothing,
  shouldSetTextContent: () => false,
  detachDeletedInstance: nothing,

  getRootHostContext: () => HOST_CONTEXT,
  getChildHostContext: (context) => context,
  getPublicInstance: (node) => node,
  prepareForCommit: none,
  resetAfterCommit: (root) => root.onCommit(),
  preparePortalMount: nothing,

  supportsMicrotasks: true,
  scheduleMicrotask: (work) => queueMicrotask(() => asReact(work)),
  scheduleTimeout(run) {
    outstandingTimeouts++;
    const timeout: HostTimeout = {
      done: false,
      immediate: setImmediate(() => {
        if (settle(timeout)) run();
      }),
    };
    return timeout;
  },
  cancelTimeout(timeout) {
    if (settle(timeout)) clearImmediate(timeout.immediate);
  },
  noTimeout: -1,

  setCurrentUpdatePriority(priority) {
    currentPriority = priority;
  },
  getCurrentUpdatePriority: () => currentPriority,
  resolveUpdatePriority: () => DiscreteEventPriority,
  resolveEventType: none,
  resolveEventTimeStamp: () => -1.1,
  trackSchedulerEvent: nothing,
  shouldAttemptEagerTransition: () => false,
  requestPostPaintCallback: nothing,

  maySuspendCommit: () => false,
  maySuspendCommitOnUpdate: () => false,
  maySuspendCommitInSyncRender: () => false,
  preloadInstance: () => true,
  startSuspendingCommit: none,
  suspendInstance: nothing,
  suspendOnActiveViewTransition: nothing,
  waitForCommitToBeReady: none,
  getSuspendedCommitReason: none,

  NotPendingTransition: null,
  HostTransitionContext: createContext(null),
  resetFormInstance: nothing,
  bindToConsole: (method, values) => (): void => {
    const write = console[method as "error" | "warn" | "log"];
    write(...(values as unknown[]));
  },
  getInstanceFromNode: none,
  beforeActiveInstanceBlur: nothing,
  afterActiveInstanceBlur: nothing,
  prepareScopeUpdate: nothing,
  getInstanceFromScope: none,
});

function settle(timeout: HostTimeout): boolean {
  if (timeout.done) return false;
  timeout.done = true;
  outstandingTimeouts--;
  return true;
}
