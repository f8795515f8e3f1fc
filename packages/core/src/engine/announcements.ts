import { takeAll } from "../internal/take-all.ts";
import type { EventBody } from "../protocol/events.ts";
import { isAttached, isNode, type HostNode, type HostParent } from "../reconciler/host-node.ts";
import { digest } from "./identity.ts";
import type { Run } from "./run.ts";
import { tooLarge } from "./value-limit.ts";

const ELEMENTS = { status: "Status", progress: "Progress", object: "Publish" } as const;

/** Says what `<Status>`, `<Progress>` and `<Publish>` say now that they are committed (E5). */
export function announceCommitted(run: Run): void {
  const { announcements } = run.react.host;
  for (const node of takeAll(announcements)) {
    const { announcement } = node.props;
    if (announcement === undefined || !isAttached(node)) continue;
    const error = tooLarge(run, `what <${ELEMENTS[announcement.kind]}> was given`, announcement.data);
    if (error !== undefined) return run.fail(error);
    const scope = scopeIdOf(node);
    const step = scope === run.rootCall.id ? null : scope;
    const key = `${announcement.kind}|${scope}|${digest(announcement.text)}`;
    run.announcer.say(key, toEvent(announcement.kind, announcement.data, step));
  }
}

function toEvent(kind: "status" | "progress" | "object", data: unknown, step: string | null): EventBody {
  if (kind === "status") return { type: "status", message: data as string, step };
  if (kind === "progress")
    return { type: "progress", ...(data as { value: number; max: number | null }), step };
  return { type: "object", ...(data as { name: string; value: string }), step };
}

function scopeIdOf(node: HostNode): string {
  let at: HostParent | null = node;
  while (at !== null && isNode(at) && at.type !== "scope") at = at.parent;
  return at !== null && isNode(at) ? (at.props.scopeId ?? "") : "";
}
