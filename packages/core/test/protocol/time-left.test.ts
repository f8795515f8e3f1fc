// E9: how long a run still takes follows from its stream; where nobody can tell, nothing is said.
import { emptyView, foldAll, timeLeft, type EventBody, type RunView } from "@alder/core/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyEvents, failure, queued, running, stamp, started } from "./events.ts";

const estimate: EventBody = {
  type: "estimate",
  remainingMs: 60_000,
  leastMs: 40_000,
  mostMs: 90_000,
  runs: 7,
  waits: false,
};
const requested: EventBody = { type: "input.requested", step: "s", name: "review" };

/** Events are a second apart, the first at 1,000. */
function view(...bodies: readonly EventBody[]): RunView {
  return foldAll(emptyView("r"), stamp(bodies));
}

describe("eta", () => {
  test("is counted from the event that says it", () => {
    const { eta } = view(queued, running, estimate);
    expect(eta).toEqual({
      endsAt: 63_000,
      earliestAt: 43_000,
      latestAt: 93_000,
      runs: 7,
      waits: false,
    });
  });

  test.each<[string, readonly EventBody[]]>([
    ["before the run has begun", [queued, estimate]],
    ["while a person is waited for", [queued, running, requested, estimate]],
    ["once a person is waited for", [queued, running, estimate, requested]],
    ["once only signals are waited for", [queued, running, estimate, waitingFor("review")]],
    ["once another worker has it", [queued, running, estimate, running]],
    ["once it is handed over", [queued, running, estimate, queued]],
    ["once it is cancelled", [queued, running, estimate, { type: "run.cancelling" }, estimate]],
    ["once it is blocked", [queued, running, estimate, blocked()]],
    ["once it has ended", [queued, running, estimate, { type: "run.failed", error: failure }, estimate]],
  ])("is null %s", (_, bodies) => {
    expect(view(...bodies).eta).toBeNull();
  });

  test("stays while a timer is waited for, and comes back with the answer of a person", () => {
    expect(view(queued, running, estimate, waitingFor()).eta).toMatchObject({ endsAt: 63_000 });
    const received: EventBody = { type: "input.received", step: "s", name: "review", signal: "1" };
    const answered = view(queued, running, started("s"), estimate, requested, received, estimate);
    expect(answered.eta).toMatchObject({ endsAt: 67_000 });
  });

  test("is never there beside a wait for a person, nor in a run that nobody executes, whatever the stream", () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const { eta, inputs, status } = foldAll(emptyView("r"), events);
        if (eta === null) return;
        expect(inputs).toEqual([]);
        expect(["running", "waiting"]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });
});

describe("timeLeft", () => {
  test("counts down, and says nothing once the run takes longer than it was thought to", () => {
    const late = view(queued, running, estimate);
    expect(timeLeft(late, 13_000)).toEqual({
      expectedMs: 50_000,
      leastMs: 30_000,
      mostMs: 80_000,
      runs: 7,
      waits: false,
    });
    expect(timeLeft(late, 70_000)).toMatchObject({ expectedMs: 0, leastMs: 0, mostMs: 23_000 });
    expect(timeLeft(late, 93_000)).toBeNull();
  });

  test("without an upper limit, it says nothing once the expected time is over", () => {
    const open = view(queued, running, { ...estimate, mostMs: null });
    expect(timeLeft(open, 13_000)).toMatchObject({ expectedMs: 50_000, mostMs: null });
    expect(timeLeft(open, 63_000)).toBeNull();
  });

  test("is null where there is no estimate", () => {
    expect(timeLeft(view(queued, running), 0)).toBeNull();
  });
});

function waitingFor(...signals: readonly string[]): EventBody {
  return { type: "run.waiting", until: signals.length === 0 ? 90_000 : null, signals: [...signals] };
}

function blocked(): EventBody {
  return { type: "run.blocked", message: "no", divergence: null, error: null };
}
