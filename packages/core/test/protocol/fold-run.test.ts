import { emptyView, foldAll, type EventBody, type RunView } from "@alder/core/protocol";
import { describe, expect, test } from "vitest";
import { divergence, failure, queued, running, stamp, started } from "./events.ts";

function viewOf(...bodies: readonly EventBody[]): RunView {
  return foldAll(emptyView("r"), stamp(bodies));
}

const recovered: EventBody = { type: "run.recovered", worker: "v", execution: 2, reason: "worker_lost" };
const waiting: EventBody = { type: "run.waiting", until: 90_000, signals: [] };
const completed: EventBody = { type: "run.completed", output: { ok: true } };

describe("a run's status", () => {
  test.each<[string, EventBody[], Partial<RunView>]>([
    [
      "queued",
      [queued],
      { status: "queued", workflow: "article", input: {}, queuedAt: 1000, startedAt: null },
    ],
    ["running", [queued, running], { status: "running", startedAt: 2000, executions: 1, recoveries: 0 }],
    ["waiting", [queued, running, waiting], { status: "waiting", waitingUntil: 90_000 }],
    ["woken", [queued, running, waiting, running], { status: "running", waitingUntil: null }],
    [
      "handed over",
      [queued, running, { ...queued, reason: "handed_over" } as EventBody],
      { status: "queued", queuedAt: 1000, startedAt: 2000, recoveries: 0 },
    ],
    [
      "recovered",
      [queued, running, recovered],
      { status: "running", executions: 2, recoveries: 1, startedAt: 2000 },
    ],
    ["completed", [queued, running, completed], { status: "completed", output: { ok: true }, endedAt: 3000 }],
    [
      "failed",
      [queued, { type: "run.failed", error: failure }],
      { status: "failed", error: failure, endedAt: 2000 },
    ],
    ["cancelled", [queued, { type: "run.cancelled" }], { status: "cancelled", endedAt: 2000 }],
    [
      "cancelled while waiting",
      [waiting, { type: "run.cancelled" }],
      { status: "cancelled", waitingUntil: null },
    ],
  ])("%s", (_, bodies, expected) => {
    expect(viewOf(...bodies)).toMatchObject(expected);
  });

  test("stays cancelling until the end, whoever takes the run meanwhile", () => {
    const view = viewOf(queued, running, { type: "run.cancelling" }, recovered);
    expect(view).toMatchObject({ status: "cancelling", recoveries: 1 });
    expect(viewOf(queued, { type: "run.cancelling" }, { type: "run.cancelled" }).status).toBe("cancelled");
  });

  test("blocked tells what by, until the run goes on or ends", () => {
    const blocked: EventBody = { type: "run.blocked", message: "changed", divergence, error: null };
    const what = { message: "changed", divergence, error: null };
    expect(viewOf(queued, running, blocked)).toMatchObject({ status: "blocked", blocked: what });
    const accepted: EventBody = { type: "run.queued", workflow: "article", reason: "accepted" };
    for (const next of [accepted, running, recovered, { type: "run.cancelled" } as const, completed]) {
      expect(viewOf(queued, running, blocked, next).blocked).toBeNull();
    }
    expect(viewOf(queued, running, { type: "run.cancelling" }, blocked)).toMatchObject({
      status: "cancelling",
      blocked: null,
    });
  });

  test("steps that were rerun with other props are told, the newest 20", () => {
    const diverged = (n: number): EventBody => ({
      type: "run.diverged",
      divergence: { ...divergence, key: `${n}` },
    });
    const view = viewOf(queued, running, ...Array.from({ length: 25 }, (_, n) => diverged(n)));
    expect(view.status).toBe("running");
    expect(view.diverged.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 5}`));
  });

  test.each<[string, EventBody]>([
    ["failed", { type: "run.failed", error: failure }],
    ["completed", completed],
  ])("a retry opens a run again that has %s", (_, end) => {
    const view = viewOf(queued, running, end, { type: "run.queued", workflow: "article", reason: "retried" });
    expect(view).toMatchObject({ status: "queued", error: null, endedAt: null, input: {} });
    expect("output" in view).toBe(false);
  });
});

test("when a run ends, no step and no input is left waiting", () => {
  const view = viewOf(
    queued,
    running,
    started("a"),
    started("b"),
    { type: "step.completed", step: "a", output: 1 },
    { type: "input.requested", step: "b", name: "review" },
    completed,
  );
  expect(view.steps["a"]).toMatchObject({ status: "completed", endedAt: 5000 });
  expect(view.steps["b"]).toMatchObject({ status: "cancelled", endedAt: 7000 });
  expect(view.inputs).toEqual([]);
});

test("an output of null is there", () => {
  expect(viewOf(queued, { type: "run.completed", output: null }).output).toBeNull();
});
