import { emptyView, foldAll, stepsOf, textOf, type EventBody, type RunView } from "@alder/core/protocol";
import { describe, expect, test } from "vitest";
import { chunk, failure, queued, running, stamp, started } from "./events.ts";

function viewOf(...bodies: readonly EventBody[]): RunView {
  return foldAll(emptyView("r"), stamp([queued, running, ...bodies]));
}

describe("tree order", () => {
  test("places are compared number by number, whatever came first", () => {
    const places = { a: [0, 10], b: [0, 9, 1], c: [0, 9], d: [1], e: [0] };
    const view = viewOf(...Object.entries(places).map(([id, place]) => started(id, { place })));
    expect(stepsOf(view).map(({ id }) => id)).toEqual(["e", "c", "b", "a", "d"]);
  });

  test("is found once for a view", () => {
    const view = viewOf(started("a"), started("b", { name: "Plan" }));
    expect(stepsOf(view)).toBe(stepsOf(view));
    expect(stepsOf(view, "Plan")).toBe(stepsOf(view, "Plan"));
    expect(stepsOf(view, "Nobody")).toEqual([]);
  });
});

describe("text", () => {
  const view = viewOf(
    started("b", { place: [0, 2], key: "two" }),
    started("a", { place: [0, 1], key: "one" }),
    started("c", { place: [0, 3], key: "three" }),
    started("p", { place: [0, 0], name: "Plan" }),
    chunk("b", 0, "second"),
    chunk("a", 0, "first"),
    chunk("p", 0, "plan"),
    chunk("a", 0, "aside", { stream: "notes" }),
  );

  test.each<[string, string, Parameters<typeof textOf>[2]]>([
    ["joined in tree order", "firstsecond", undefined],
    ["with a separator between those that have any", "first\n\nsecond", { separator: "\n\n" }],
    ["of one key", "second", { key: "two" }],
    ["of no such key", "", { key: "constructor" }],
    ["of another stream", "aside", { stream: "notes" }],
    ["of a stream nobody writes", "", { stream: "toString" }],
  ])("%s", (_, expected, options) => {
    expect(textOf(view, "Draft", options)).toBe(expected);
  });

  test("of a step that has fallen back is what the fallback writes, and counts once", () => {
    const fallsBack = (step: string, to: string | null): EventBody => ({
      type: "step.fallback",
      step,
      error: failure,
      to,
    });
    const other = { parent: "a", name: "Other", place: [0, 1] };
    const bodies = [
      started("a"),
      chunk("a", 0, "half a te"),
      started("called", { parent: "a", name: "Other", place: [0, 0] }),
      chunk("called", 0, "by the failed body"),
    ];
    expect(textOf(viewOf(...bodies, fallsBack("a", null)), "Draft")).toBe("");
    expect(
      textOf(
        viewOf(...bodies, fallsBack("a", "Other"), started("b", other), chunk("b", 0, "whole")),
        "Draft",
      ),
    ).toBe("whole");
    const same = { parent: "a", place: [0, 1] };
    expect(
      textOf(viewOf(...bodies, fallsBack("a", "Draft"), started("b", same), chunk("b", 0, "whole")), "Draft"),
    ).toBe("whole");
    const twice = [
      fallsBack("a", "Other"),
      started("b", other),
      fallsBack("b", "Last"),
      started("c", { parent: "b", name: "Last" }),
    ];
    expect(textOf(viewOf(...bodies, ...twice, chunk("c", 0, "last")), "Draft")).toBe("last");
  });

  test("a step that was dropped does not count while the run goes on without it", () => {
    const bodies = [started("a", { place: [1] }), chunk("a", 0, "old"), started("b", { place: [2] })];
    const dropped: EventBody[] = [...bodies, { type: "step.cancelled", step: "a" }, chunk("b", 0, "new")];
    expect(textOf(viewOf(...dropped), "Draft")).toBe("new");
    expect(textOf(viewOf(...dropped, { type: "run.completed", output: null }), "Draft")).toBe("new");
  });

  test.each<[string, EventBody[]]>([
    ["a failure", [{ type: "run.failed", error: failure }]],
    [
      "a cancel",
      [{ type: "run.cancelling" }, { type: "step.cancelled", step: "a" }, { type: "run.cancelled" }],
    ],
  ])("text that %s cut off stays", (_, end) => {
    expect(textOf(viewOf(started("a"), chunk("a", 0, "half a sen"), ...end), "Draft")).toBe("half a sen");
  });
});
