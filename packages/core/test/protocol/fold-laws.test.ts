// The invariants of `fold`, for any events whatever.
import { emptyView, fold, foldAll, hasCode, type RunEvent, type RunView } from "@alder/core/protocol";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyEvents, queued, running, stamp, started } from "./events.ts";

const start = freeze(emptyView("r"));

describe("invariant 1: folding is pure", () => {
  test("batches of any size, with snapshots between them, end in the same view, and write to nothing", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anyEvents, sizes, fc.boolean(), (events, cuts, snapshots) => {
        freeze(events);
        let view: RunView = start;
        for (let from = 0, turn = 0; from < events.length; turn++) {
          const size = cuts[turn % cuts.length]!;
          view = freeze(foldAll(view, events.slice(from, from + size)));
          if (snapshots) view = freeze(JSON.parse(JSON.stringify(view)) as RunView);
          from += size;
        }
        expectEqual(view, foldAll(start, events));
      }),
      { numRuns: 300 },
    );
  });

  test("what did not change is shared", () => {
    const before = foldAll(start, stamp([queued, running, ...["a", "b"].map((step) => started(step))]));
    const after = fold(before, stamp([{ type: "status", message: "x", step: "a" }], before.seq)[0]!);
    expect(after.steps["b"]).toBe(before.steps["b"]);
    expect(after.objects).toBe(before.objects);
    expect(after.steps["a"]).not.toBe(before.steps["a"]);
  });
});

test("invariant 2: events that were folded before change nothing, and the view stays the same one", () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(), fc.nat(), (events, one, other) => {
      const view = freeze(foldAll(start, events));
      const [from, to] = [one, other].map((place) => place % (events.length + 1)).toSorted((a, b) => a - b);
      expect(foldAll(view, events.slice(from, to))).toBe(view);
      // Replayed from any place, as after a reconnect with an old cursor.
      const half = foldAll(start, events.slice(0, to));
      expectEqual(foldAll(half, events.slice(from)), view);
    }),
    { numRuns: 100 },
  );
});

describe("invariant 3: a hole is refused", () => {
  test.each([
    ["at the beginning", 0, 1],
    ["in the middle of a batch", 1, 2],
  ])("%s", (_, keep, missing) => {
    const events = stamp([queued, running, running, running]).filter((_event, index) => index !== missing);
    const view = foldAll(start, events.slice(0, keep));
    const error = caught(() => foldAll(view, events.slice(keep)));
    expect(hasCode(error, "event_gap")).toBe(true);
    expect((error as Error).message).toContain('run "r"');
    expect(view).toStrictEqual(foldAll(start, events.slice(0, keep)));
  });
});

describe("invariant 4: nothing else makes it throw", () => {
  test("an unknown type moves the cursor and nothing else", () => {
    const unknown = { seq: 2, fence: 7, at: 5, type: "run.teleported", to: "Mars" } as unknown as RunEvent;
    const before = foldAll(start, stamp([queued]));
    expect(fold(before, unknown)).toStrictEqual({ ...before, seq: 2, cursor: "2-7" });
  });

  test("fields that are missing are tolerated", () => {
    const bare = [
      { type: "run.queued", workflow: "w" },
      { type: "run.started" },
      { type: "step.started", step: "a", name: "Draft" },
      { type: "progress", value: 1 },
      { type: "status", message: "x" },
      { type: "run.completed" },
    ];
    const events = bare.map((body, index) => ({ seq: index + 1, fence: 0, at: 1, ...body }));
    const view = foldAll(start, events as unknown as RunEvent[]);
    expect(view).toMatchObject({ executions: 1, progress: { value: 1, max: null }, output: null });
    expect(view).toStrictEqual(JSON.parse(JSON.stringify(view)));
  });

  test("a patch that does not apply is left out, and told", () => {
    const patch = [{ op: "add" as const, path: "/__proto__/polluted", value: true }];
    const view = foldAll(
      start,
      stamp([
        { type: "object", name: "o", value: {}, step: null },
        { type: "object", name: "o", patch, step: null },
      ]),
    );
    expect(view.objects).toStrictEqual({ o: {} });
    expect(view.logs).toMatchObject([{ level: "warn", message: expect.stringContaining("__proto__") }]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

test("a step that is tried again after all had ended is no other in one batch than one by one", () => {
  const error = { name: "Error", message: "no", code: null, step: "Draft" };
  const events = stamp([
    started("s"),
    { type: "run.cancelled" },
    { type: "step.retrying", step: "s", attempt: 1, error, until: 0 },
    { type: "run.failed", error },
  ]);
  expectEqual(foldAll(start, events), events.reduce(fold, start));
  expect(foldAll(start, events).steps["s"]?.status).toBe("cancelled");
});

test("a batch of 100,000 chunks of 500 steps loses none", () => {
  const steps = Array.from({ length: 500 }, (_, index) => `s${index}`);
  const chunks = Array.from({ length: 100_000 }, (_, index) => ({
    type: "chunk" as const,
    step: steps[index % 500]!,
    attempt: 1,
    stream: "text",
    delta: "ab",
    offset: 2 * Math.floor(index / 500),
  }));
  const events = stamp([queued, running, ...steps.map((step) => started(step)), ...chunks]);
  const view = foldAll(start, events);
  expect(Object.values(view.steps).every((step) => step.streams["text"]?.length === 400)).toBe(true);
});

/** Matchers take a property named `constructor` for what it is elsewhere. */
function expectEqual(found: RunView, expected: RunView): void {
  const isEqual = isDeepStrictEqual(found, expected);
  expect(isEqual, `${JSON.stringify(found)} is not ${JSON.stringify(expected)}`).toBe(true);
}

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key of Object.keys(value)) freeze((value as Record<string, unknown>)[key]);
  }
  return value;
}
