import { emptyView, foldAll, type EventBody, type RunView } from "@alder/core/protocol";
import { describe, expect, test } from "vitest";
import { chunk, failure, queued, running, stamp, started, waiting } from "./events.ts";

function viewOf(...bodies: readonly EventBody[]): RunView {
  return foldAll(emptyView("r"), stamp([queued, running, ...bodies]));
}

const completed = (step: string): EventBody => ({ type: "step.completed", step, output: `${step}!` });
const cancelled = (step: string): EventBody => ({ type: "step.cancelled", step });
const retrying: EventBody = { type: "step.retrying", step: "a", attempt: 1, error: failure, until: 9000 };
const fallingBack: EventBody = { type: "step.fallback", step: "a", error: failure, to: "Other" };

test("a step that falls back goes on, shows why and to what, and not what it had written", () => {
  const view = viewOf(started("a"), chunk("a", 0, "half"), retrying, fallingBack);
  expect(view.steps["a"]).toMatchObject({
    status: "running",
    streams: {},
    retryAt: null,
    endedAt: null,
    fallback: { to: "Other", error: failure },
  });
  expect(viewOf(started("a"), fallingBack, completed("a")).steps["a"]).toMatchObject({
    status: "completed",
    error: null,
    fallback: { to: "Other" },
  });
  expect(viewOf(started("a"), fallingBack, started("a", { attempt: 2 })).steps["a"]?.fallback).toBeNull();
});

describe("invariant 1: a start begins anew", () => {
  test("what the earlier attempt said is gone, its usage is not", () => {
    const view = viewOf(
      started("a"),
      chunk("a", 0, "old"),
      { type: "status", message: "m", step: "a" },
      { type: "progress", value: 1, max: 2, step: "a" },
      { type: "usage", step: "a", inputTokens: 3 },
      { type: "input.requested", step: "a", name: "review" },
      retrying,
      started("a", { attempt: 2 }),
      { type: "usage", step: "a", inputTokens: 4 },
    );
    expect(view.steps["a"]).toMatchObject({
      status: "running",
      attempt: 2,
      message: null,
      progress: null,
      streams: {},
      error: null,
      retryAt: null,
      usage: { inputTokens: 7, outputTokens: 0, cost: 0 },
    });
    expect(view.usage.inputTokens).toBe(7);
    expect(view.inputs).toEqual([]);
    // The run's own message is the latest of any.
    expect(view.message).toBe("m");
  });

  test("until then a retrying step shows its text and why it failed", () => {
    const { a } = viewOf(started("a"), chunk("a", 0, "old"), retrying).steps;
    expect(a).toMatchObject({ status: "retrying", error: failure, retryAt: 9000, streams: { text: "old" } });
  });
});

describe("invariant 2: a step ends with those it started", () => {
  const family = [started("a"), started("b", { parent: "a" }), started("c", { parent: "b" }), started("z")];
  test.each<[string, EventBody]>([
    ["completes", completed("a")],
    ["fails", { type: "step.failed", step: "a", error: failure }],
    ["is cancelled", cancelled("a")],
    ["begins anew", started("a", { attempt: 2 })],
    ["is to be retried", retrying],
    ["falls back", fallingBack],
  ])("when it %s", (_, event) => {
    const { b, c, z } = viewOf(...family, event).steps;
    expect([b, c, z].map((step) => step?.status)).toEqual(["cancelled", "cancelled", "running"]);
  });

  test("finished ones stay finished", () => {
    const { b } = viewOf(...family, completed("b"), cancelled("a")).steps;
    expect(b?.status).toBe("completed");
  });
});

describe("invariant 3: an end is not taken back", () => {
  test("by a cancel", () => {
    const { a } = viewOf(started("a"), completed("a"), cancelled("a")).steps;
    expect(a).toMatchObject({ status: "completed", output: "a!", endedAt: 4000 });
  });

  test("and a result counts that comes after one", () => {
    const { a } = viewOf(started("a"), cancelled("a"), completed("a")).steps;
    expect(a).toMatchObject({ status: "completed", output: "a!" });
  });
});

describe("invariant 4: a step that waits says why", () => {
  test("before its first attempt it is known by what it waits for", () => {
    const { a } = viewOf(waiting("a", { reason: "rate", limit: "llm", until: 9000 })).steps;
    expect(a).toMatchObject({
      status: "waiting",
      name: "Draft",
      waiting: { reason: "rate", limit: "llm", since: 3000, until: 9000 },
    });
  });

  test("in words, too, with its place in the line, until it starts", () => {
    const turn = (changes: object): EventBody => waiting("a", { limit: "llm", reason: "rate", ...changes });
    expect(viewOf(turn({ ahead: 12 })).steps["a"]).toMatchObject({
      message: 'In line for "llm" after 12 others',
      waiting: { ahead: 12 },
    });
    expect(viewOf(turn({ ahead: 0 })).steps["a"]?.message).toBe('Next in line for "llm"');
    expect(viewOf(turn({ reason: "paused" })).steps["a"]?.message).toBe('"llm" is paused');
    expect(viewOf(turn({ ahead: 0 }), started("a")).steps["a"]?.message).toBeNull();
  });

  test("since when it waits for the same is not told anew", () => {
    const later = waiting("a", { reason: "rate", limit: "llm", until: 12_000 });
    const { a } = viewOf(waiting("a", { reason: "rate", limit: "llm" }), later).steps;
    expect(a?.waiting).toMatchObject({ since: 3000, until: 12_000 });
    const other = viewOf(waiting("a", { reason: "rate", limit: "llm" }), waiting("a")).steps["a"];
    expect(other?.waiting).toEqual({ reason: "cache", limit: null, since: 4000, until: null, ahead: null });
  });

  test("before another attempt it shows what the last one left", () => {
    const view = viewOf(started("a"), chunk("a", 0, "old"), retrying, waiting("a", { attempt: 2 }));
    expect(view.steps["a"]).toMatchObject({ status: "waiting", streams: { text: "old" }, retryAt: null });
  });

  test.each<[string, EventBody, string]>([
    ["starts", started("a"), "running"],
    ["completes", completed("a"), "completed"],
    ["is cancelled", cancelled("a"), "cancelled"],
    ["ends with its run", { type: "run.cancelled" }, "cancelled"],
  ])("until it %s", (_, event, status) => {
    expect(viewOf(waiting("a"), event).steps["a"]).toMatchObject({ status, waiting: null });
  });
});

test("a step that was not executed says when its output was made", () => {
  const events: EventBody[] = [
    started("a"),
    { type: "step.cached", step: "a", cachedAt: 17 },
    completed("a"),
  ];
  expect(viewOf(...events).steps["a"]).toMatchObject({ status: "completed", cachedAt: 17, output: "a!" });
  expect(viewOf(...events, started("a", { attempt: 2 })).steps["a"]?.cachedAt).toBeNull();
});

describe("invariant 5: a stream holds each character once", () => {
  test.each<[string, EventBody[], string | undefined]>([
    ["in order", [chunk("a", 0, "ab"), chunk("a", 2, "cd")], "abcd"],
    ["repeated", [chunk("a", 0, "ab"), chunk("a", 0, "ab"), chunk("a", 2, "cd")], "abcd"],
    ["overlapping", [chunk("a", 0, "ab"), chunk("a", 1, "bcd")], "abcd"],
    ["of a newer attempt", [chunk("a", 0, "ab"), chunk("a", 0, "x", { attempt: 2 })], "x"],
    ["of an older attempt", [chunk("a", 0, "x", { attempt: 2 }), chunk("a", 1, "ab")], "x"],
    ["of another stream", [chunk("a", 0, "ab"), chunk("a", 0, "x", { stream: "notes" })], "ab"],
    ["of a step that never started", [chunk("q", 0, "ab")], undefined],
  ])("%s", (_, chunks, expected) => {
    expect(viewOf(started("a"), ...chunks).steps["a"]?.streams["text"]).toBe(expected);
  });

  test("text that is missing is told, and the rest is shown", () => {
    const view = viewOf(started("a"), chunk("a", 0, "ab"), chunk("a", 5, "fg"));
    expect(view.steps["a"]?.streams["text"]).toBe("abfg");
    expect(view.logs).toMatchObject([
      { level: "warn", step: "a", message: expect.stringContaining("3 characters") },
    ]);
  });
});

test("an input waits until it is answered or its step ends", () => {
  const asks: EventBody = { type: "input.requested", step: "a", name: "review", schema: { type: "object" } };
  const base = [started("a", { kind: "signal", name: "review" }), asks];
  expect(viewOf(...base).inputs).toEqual([
    { id: "a", name: "review", schema: { type: "object" }, requestedAt: 4000 },
  ]);
  expect(viewOf(...base, { type: "input.received", step: "a", name: "review", signal: "s" }).inputs).toEqual(
    [],
  );
  expect(viewOf(...base, cancelled("a")).inputs).toEqual([]);
  expect(viewOf(...base, asks).inputs).toHaveLength(1);
});

test("names that mean something to JavaScript mean nothing", () => {
  const view = viewOf(
    started("__proto__"),
    chunk("__proto__", 0, "text", { stream: "__proto__" }),
    chunk("constructor", 0, "text"),
    { type: "object", name: "__proto__", value: { polluted: true }, step: null },
  );
  expect(Object.getPrototypeOf(view.objects)).toBe(Object.prototype);
  expect(Object.keys(view.steps)).toEqual(["__proto__"]);
  expect(Object.keys(view.objects)).toEqual(["__proto__"]);
  expect(JSON.parse(JSON.stringify(view))).toStrictEqual(view);
});

test("the newest 100 log lines are kept", () => {
  const lines = Array.from({ length: 150 }, (_, line): EventBody => {
    return { type: "log", level: "info", message: `${line}`, fields: { line }, step: null };
  });
  const { logs } = viewOf(...lines);
  expect(logs).toHaveLength(100);
  expect(logs[0]).toEqual({ at: 53_000, level: "info", message: "50", fields: { line: 50 }, step: null });
});
