// E9: a reader that keeps only the end of long texts reads on as any other, and can tell what it lacks.
import { emptyView, foldAll, keepText, type RunView } from "@alder/core/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyEvents, chunk, queued, running, stamp, started } from "./events.ts";

const start = emptyView("r");

test("the end of what a reader without limits has, and how much is before it, whatever the stream", () => {
  const limits = fc.record({ max: fc.nat({ max: 6 }), size: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(anyEvents, limits, (events, { max, size }) => {
      let view: RunView = start;
      for (let from = 0; from < events.length; from += size) {
        view = keepText(foldAll(view, events.slice(from, from + size)), max, view);
      }
      const whole = foldAll(start, events);
      for (const [id, step] of Object.entries(whole.steps)) {
        const kept = Object.getOwnPropertyDescriptor(view.steps, id)!.value as typeof step;
        for (const [name, text] of Object.entries(step.streams)) {
          const end = Object.getOwnPropertyDescriptor(kept.streams, name)!.value as string;
          const omitted = Object.entries(kept.omitted ?? {}).find(([stream]) => stream === name)?.[1] ?? 0;
          expect(end.length).toBeLessThanOrEqual(max * 1.5);
          expect(text.endsWith(end)).toBe(true);
          expect(omitted + end.length).toBe(text.length);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("text that comes twice is not added twice, though its beginning is gone", () => {
  const view = foldAll(start, stamp([queued, running, started("s"), chunk("s", 0, "abcdefgh")]));
  const kept = keepText(view, 2);
  expect(kept.steps["s"]).toMatchObject({ streams: { text: "gh" }, omitted: { text: 6 } });
  const more = foldAll(kept, stamp([chunk("s", 6, "ghij")], kept.seq));
  expect(more.steps["s"]?.streams).toEqual({ text: "ghij" });
  expect(more.logs).toEqual([]);
});

test("what is short is not touched, and a pair of surrogates not cut", () => {
  const view = foldAll(start, stamp([queued, running, started("s"), chunk("s", 0, "abc😀d")]));
  expect(keepText(view, 6)).toBe(view);
  expect(keepText(view, 2).steps["s"]?.streams["text"]).toBe("d");
  expect(keepText(view, 3).steps["s"]?.streams["text"]).toBe("😀d");
});

test("a new attempt begins with nothing left out", () => {
  const view = foldAll(start, stamp([queued, running, started("s"), chunk("s", 0, "abcdefgh")]));
  const again = foldAll(keepText(view, 2), stamp([chunk("s", 0, "new", { attempt: 2 })], view.seq));
  expect(again.steps["s"]?.streams).toEqual({ text: "new" });
  expect(again.steps["s"]?.omitted).toBeUndefined();
});
