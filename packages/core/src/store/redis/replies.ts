/** What scripts answer, as the store's own data. */
import type { EventBody } from "../../protocol/events.ts";
import type { Json } from "../../protocol/json.ts";
import type { RunStatus } from "../../protocol/run-view.ts";
import type { RunRecord, StoredEntry, StoredSignal } from "../store.ts";

/** Of `readRunScript`. */
export function toRunRecord(runId: string, reply: unknown): RunRecord | undefined {
  if (reply === null) return undefined;
  const [workflow, queue, status, createdAt, updatedAt, endedAt, tail, tailFence, cancelRequested, first] =
    reply as readonly string[];
  return {
    runId,
    workflow: workflow!,
    status: status as RunStatus,
    createdAt: Number(createdAt),
    updatedAt: Number(updatedAt),
    endedAt: toTime(endedAt!),
    queue: queue!,
    ...givenOf(first!),
    tail: { seq: Number(tail), fence: Number(tailFence) },
    cancelRequested: cancelRequested === "1",
  };
}

/** The input of a run, as its first event has it. */
export function inputOf(firstEvent: string): Json {
  return (JSON.parse(firstEvent) as { readonly input: Json }).input;
}

/** What a run was started with, as its first event has it. */
export function givenOf(
  firstEvent: string,
): Pick<RunRecord, "input" | "tenant" | "priority" | "tags" | "metadata"> {
  const given = JSON.parse(firstEvent) as Extract<EventBody, { type: "run.queued" }>;
  const { input = null, tenant = null, priority = 0, tags = [], metadata = {} } = given;
  return { input, tenant, priority, tags, metadata };
}

/** A time that may be missing. */
export function toTime(text: string): number | null {
  return text === "" ? null : Number(text);
}

/** Of "<seq> <time> <JSON>". */
export function toEntry(line: string): StoredEntry {
  const [seq, rest] = cut(line);
  const [at, entry] = cut(rest);
  return { seq: Number(seq), at: Number(at), entry: JSON.parse(entry) as Json };
}

/** Of "<time> <JSON>", the one with this index. */
export function toSignal(line: string, index: number): StoredSignal {
  const [at, text] = cut(line);
  const { id, name, payload, input } = JSON.parse(text) as Omit<StoredSignal, "index" | "at">;
  return { index, id, name, payload, input, at: Number(at) };
}

/** What stands before the first space, and after it. */
export function cut(line: string): readonly [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}
