import type { StepView } from "@alder/core/protocol";
import { expect, test } from "vitest";
import { toIngestView } from "../page/ingest-view.ts";

const step = (name: string, key: string | null, given: Partial<StepView>): StepView => ({
  id: `${name} ${key}`,
  parent: null,
  name,
  key,
  kind: "component",
  place: [],
  status: "running",
  attempt: 1,
  message: null,
  progress: null,
  streams: {},
  error: null,
  usage: null,
  startedAt: 0,
  endedAt: null,
  retryAt: null,
  waiting: null,
  cachedAt: null,
  fallback: null,
  ...given,
});

const paths = ["a/README.md", "b/README.md", "c/CHANGELOG.md", "d/README.md", "e/README.md", "f/README.md"];
const documents = step("FindDocuments", null, {
  status: "completed",
  output: paths.map((path) => ({ path, digest: path })),
});
const wait = (reason: "rate" | "paused", until: number | null) => ({
  reason,
  limit: "a",
  since: 0,
  until,
  ahead: null,
});
const error = { name: "Error", message: "Too many requests", code: null } as StepView["error"];

const steps = [
  documents,
  step("Summarise", paths[0]!, {
    status: "completed",
    usage: { inputTokens: 10, outputTokens: 2, cost: 0.5 },
  }),
  step("Summarise", paths[1]!, { status: "completed", cachedAt: 7 }),
  step("Summarise", paths[2]!, { status: "running" }),
  step("Summarise", paths[3]!, { status: "waiting", waiting: wait("paused", 900) }),
  step("Summarise", paths[4]!, { status: "retrying", error, retryAt: 800 }),
];

test("each document has a state, also one whose step has not begun", () => {
  const view = toIngestView({ steps });
  expect(view.documents.map(({ state }) => state)).toEqual([
    "read",
    "known",
    "reading",
    "waiting",
    "retrying",
    "to-come",
  ]);
  expect(view).toMatchObject({ read: 2, known: 1 });
});

test("what happens now is told by kind and by reason, with until when and what went wrong", () => {
  expect(toIngestView({ steps }).now).toEqual([
    { kind: "summarising", count: 1, reason: null, until: null, about: "c/CHANGELOG.md" },
    { kind: "waiting", count: 1, reason: "paused", until: 900, about: "d" },
    { kind: "retrying", count: 1, reason: null, until: 800, about: "Too many requests" },
  ]);
  // In a line each was told when it came, which is not when the next of them is served.
  const inLine = step("Summarise", paths[5]!, { status: "waiting", waiting: wait("rate", 700) });
  expect(toIngestView({ steps: [inLine] }).now).toMatchObject([{ reason: "rate", until: null }]);
});

test("a part that has gone into one of a higher level is shown there only", () => {
  const note = (from: string, to: string, text: string) => ({ from, to, documents: 2, text });
  const merge = (key: string, output: ReturnType<typeof note>) =>
    step("Merge", key, { status: "completed", output });
  const { notes } = toIngestView({
    steps: [
      merge("1.3", note("e", "f", "third")),
      merge("1.1", note("a", "b", "first")),
      merge("1.2", note("c", "d", "second")),
      merge("2.1", note("a", "d", "first and second")),
    ],
  });
  expect(notes.map(({ text }) => text)).toEqual(["first and second", "third"]);
});

test("a document that the other provider has stands as the step there does", () => {
  const fallback = { to: "SummariseWithB", error: error! };
  const parent = step("Summarise", paths[0]!, { fallback });
  const there = (given: Partial<StepView>) => step("SummariseWithB", null, { parent: parent.id, ...given });
  const stateOf = (...of: StepView[]) => toIngestView({ steps: [documents, ...of] }).documents[0]!.state;
  expect(stateOf(parent, there({ status: "waiting", waiting: wait("rate", null) }))).toBe("waiting");
  expect(stateOf(parent, there({ status: "running" }))).toBe("reading");
  expect(stateOf({ ...parent, status: "completed" }, there({ status: "completed" }))).toBe("elsewhere");
  // It is told once, not for both.
  const { now } = toIngestView({ steps: [documents, parent, there({ status: "running" })] });
  expect(now).toEqual([{ kind: "summarising", count: 1, reason: null, until: null, about: "" }]);
});
