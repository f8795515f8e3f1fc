/**
 * Identity is content (E3): the id of a step is a hash, keyed by the run's secret salt, of the scope it is in, its name,
 * its key and the keys around it, its props, and which of several equal ones it is.
 */
import { hash } from "node:crypto";
import { isCall } from "../authoring/call.ts";
import { propsContent } from "../authoring/props-content.ts";
import { canonicalJson } from "../internal/canonical-json.ts";
import { contextsContent, NO_CONTEXTS, type ContextValues } from "./contexts.ts";

export interface StepIdentity {
  readonly scope: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly keys: string;
  /** From `contentOf`. */
  readonly content: string;
  readonly occurrence: number;
}

const ID_LENGTH = 20; // 120 bits in base64url
/** Props longer than this are stood for by a digest, so that a big value costs its hash once. */
const INLINE_LENGTH = 1024;

export function stepId(salt: string, identity: StepIdentity): string {
  const { scope, name, key, keys, content, occurrence } = identity;
  const own = key === undefined ? "" : `k${JSON.stringify(key)}`;
  return digest(`${salt}|${scope}|${name}|${own}|${keys}|${content}|${occurrence}`);
}

export function contentOf(props: object, name: string, contexts: ContextValues = NO_CONTEXTS): string {
  const content = propsContent(props, name, fragment);
  if (contexts.size === 0) return content;
  return `${content.slice(0, -1)}${content === "{}" ? "" : ","}"$contexts":${contextsContent(contexts)}}`;
}

const fragments = new WeakMap<object, string>();

function fragment(value: unknown, where: string): string {
  if (typeof value !== "object" || value === null) return canonicalJson(value, where);
  const known = fragments.get(value);
  if (known !== undefined) return known;
  const json = canonicalJson(value, where);
  const text = json.length <= INLINE_LENGTH ? json : `"#${digest(json)}"`;
  if (isDeepFrozen(value)) fragments.set(value, text);
  return text;
}

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

export function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, ID_LENGTH);
}

/** The pending values among top-level props; user data is never searched. */
export function pendingProps(props: object): unknown[] | null {
  let pending: unknown[] | null = null;
  for (const key in props) {
    const value = (props as Record<string, unknown>)[key];
    if (isCall(value)) (pending ??= []).push(value);
  }
  return pending;
}
