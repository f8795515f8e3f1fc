import type { EventBody, RunEvent } from "@alder/core/protocol";
import { expect, test } from "vitest";
import { createRunLines } from "../start/run-lines.ts";

const started = { parent: null, kind: "component" as const, place: [0], attempt: 1 };

test("a run in lines", () => {
  expect(
    toLines([
      { type: "run.queued", workflow: "article", input: { topic: "alders" }, reason: "started" },
      { type: "run.started", worker: "w", execution: 1 },
      { type: "step.started", step: "a", name: "Research", key: null, ...started },
      { type: "chunk", step: "a", attempt: 1, stream: "text", offset: 0, delta: "never shown" },
      { type: "step.completed", step: "a", output: null },
      { type: "step.started", step: "b", name: "Draft", key: "Roots", ...started },
      { type: "step.retrying", step: "b", attempt: 1, error: error("Too many requests"), until: 9_500 },
      { type: "run.waiting", until: null, signals: ["review"] },
      { type: "run.recovered", worker: "w", execution: 2, reason: "worker_lost" },
      { type: "run.completed", output: null },
    ]),
  ).toEqual([
    "queued",
    "started",
    "Research started",
    "Research done in 2.0 s",
    "Draft “Roots” started",
    "Draft “Roots” failed, again in 2.5 s: Too many requests",
    "waits for the signal review",
    "goes on: its last worker was lost",
    "completed in 8.0 s",
  ]);
});

test("what stops a run until a person lets it go on is told", () => {
  const message = "Draft would be executed again. Put the code back, or accept.";
  const divergence = { step: "Plan", key: null, workflow: "article", was: {}, now: {}, diff: [] };
  expect(
    toLines([
      { type: "run.blocked", message, divergence, error: null },
      { type: "run.queued", workflow: "article", reason: "accepted" },
      { type: "run.diverged", divergence },
    ]),
  ).toEqual([`blocked: ${message}`, "queued again (accepted)", "Plan is executed again, with other props"]);
});

test("a step that is not known by name is still spoken of", () => {
  expect(toLines([{ type: "step.failed", step: "a", error: { ...error("No"), code: "timeout" } }])).toEqual([
    "a step failed: No (timeout)",
  ]);
});

/** One event each second. */
function toLines(bodies: readonly EventBody[]): string[] {
  const lines = createRunLines();
  return bodies
    .map((body, index): RunEvent => ({ ...body, seq: index + 1, fence: 1, at: (index + 1) * 1_000 }))
    .map((event) => lines.toLine(event))
    .filter((line) => line !== undefined);
}

function error(message: string) {
  return { name: "Error", message, code: null, step: null };
}
