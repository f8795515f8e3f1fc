// What the page shows, told from the run's steps: nothing of it is said by the workflow for the page's sake.
import type { StepView, WaitReason } from "@alder/core/protocol";
import type { Document, Note } from "../src/schemas.ts";
import type { IngestRun } from "./ingest-run.ts";

export type DocumentState =
  | "to-come"
  | "waiting"
  | "reading"
  | "retrying"
  | "read"
  | "known"
  | "elsewhere"
  | "failed";

export interface DocumentView {
  readonly path: string;
  readonly state: DocumentState;
}

/** Steps that are in the same state for the same reason. */
export interface Happening {
  readonly kind: "summarising" | "merging" | "writing" | "searching" | "waiting" | "retrying";
  readonly count: number;
  /** Why they wait. */
  readonly reason: WaitReason | null;
  /** Until when the first of them, in milliseconds since the epoch, where that is known. */
  readonly until: number | null;
  /** What some of them are about, or what went wrong. */
  readonly about: string;
}

export interface IngestView {
  readonly documents: readonly DocumentView[];
  readonly read: number;
  /** Whose summary was made before, by this run or another. */
  readonly known: number;
  readonly now: readonly Happening[];
  /** What is known so far: the highest level of each part of the documents. */
  readonly notes: readonly Note[];
}

export function toIngestView({ steps }: Pick<IngestRun, "steps">): IngestView {
  const found = steps.find(({ name }) => name === "FindDocuments")?.output as Document[] | undefined;
  const summaries = new Map(steps.filter(isSummary).map((step) => [step.key ?? "", step]));
  const elsewhere = new Map(steps.filter(({ parent }) => parent !== null).map((step) => [step.parent, step]));
  const toDocument = ({ path }: Document): DocumentView => {
    const step = summaries.get(path);
    // Where the other provider has it, its step tells how it stands.
    const other = step?.status === "running" ? elsewhere.get(step.id) : undefined;
    return { path, state: toState(other ?? step) };
  };
  const documents = (found ?? []).map(toDocument);
  return {
    documents,
    read: documents.filter(({ state }) => done.has(state)).length,
    known: documents.filter(({ state }) => state === "known").length,
    now: toHappenings(steps),
    notes: toNotes(steps),
  };
}

/** `elsewhere`: by the other provider. */
const done: ReadonlySet<DocumentState> = new Set(["read", "known", "elsewhere"]);

function isSummary({ name }: StepView): boolean {
  return name === "Summarise";
}

function toState(step: StepView | undefined): DocumentState {
  if (step === undefined) return "to-come";
  if (step.status === "completed") {
    if (step.fallback) return "elsewhere";
    return step.cachedAt === null ? "read" : "known";
  }
  return states[step.status];
}

const states: Record<Exclude<StepView["status"], "completed">, DocumentState> = {
  waiting: "waiting",
  running: "reading",
  retrying: "retrying",
  failed: "failed",
  cancelled: "to-come",
};

const kinds: Record<string, Happening["kind"]> = {
  FindDocuments: "searching",
  Summarise: "summarising",
  SummariseWithB: "summarising",
  Merge: "merging",
  MergeWithA: "merging",
  WriteProfile: "writing",
  WriteProfileWithA: "writing",
};

function toHappenings(steps: readonly StepView[]): Happening[] {
  const groups = new Map<string, { step: StepView; happening: OneHappening }[]>();
  for (const step of steps) {
    const happening = toHappening(step);
    if (!happening) continue;
    const name = `${happening.kind} ${happening.reason}`;
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push({ step, happening });
  }
  return [...groups.values()].map((group) => {
    const { kind, reason } = group[0]!.happening;
    const own = group.map(({ step }) => step);
    const times = group.flatMap(({ happening }) => happening.until ?? []);
    return {
      kind,
      reason,
      until: times.length === 0 ? null : Math.min(...times),
      count: group.length,
      about: kind === "retrying" ? toProblem(own) : toNames(own),
    };
  });
}

type OneHappening = Pick<Happening, "kind" | "reason" | "until">;

function toHappening(step: StepView): OneHappening | undefined {
  const { name, status, waiting, retryAt, fallback } = step;
  // What takes its place is a step of its own.
  if (fallback) return undefined;
  if (status === "waiting") {
    const reason = waiting?.reason ?? null;
    // Where many are in line, what one was told when it came is not when the next is served.
    return { kind: "waiting", reason, until: waiting?.reason === "paused" ? waiting.until : null };
  }
  if (status === "retrying") return { kind: "retrying", reason: null, until: retryAt };
  const kind = kinds[name];
  return status === "running" && kind ? { kind, reason: null, until: null } : undefined;
}

/** Of documents, not of parts, whose keys are numbers. */
function toNames(steps: readonly StepView[]): string {
  const keys = steps.flatMap(({ key, name }) => (key === null || name === "Merge" ? [] : [toShortPath(key)]));
  return keys.length > 3 ? `${keys.slice(0, 3).join(", ")} …` : keys.join(", ");
}

function toProblem(steps: readonly StepView[]): string {
  return steps.findLast(({ error }) => error)?.error?.message ?? "";
}

/** What tells a document from others: its folder, where it is a readme. */
export function toShortPath(path: string): string {
  return path.replace(/^.*node_modules\//, "").replace(/\/readme[^/]*$/i, "");
}

/** The notes that no finished note of a higher level has in it. */
function toNotes(steps: readonly StepView[]): Note[] {
  const merged = steps.flatMap(({ name, key, output }) => {
    const level = Number(key?.split(".")[0]);
    return name === "Merge" && output !== undefined ? [{ level, note: output as unknown as Note }] : [];
  });
  const covers = (one: Note, other: Note) => one.from <= other.from && other.to <= one.to;
  return merged
    .filter(({ level, note }) => !merged.some((other) => other.level > level && covers(other.note, note)))
    .map(({ note }) => note)
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
}
