// The page's own visibility, as the browser tells it.
import { dispatch } from "../support/page.ts";
import { afterEach, expect, test, vi } from "vitest";
import { browserVisibility, watchHidden } from "../../src/stream/visibility.ts";
import { createTestClock } from "../support/manual-clock.ts";

afterEach(() => void Reflect.deleteProperty(document, "visibilityState"));

function setVisible(isVisible: boolean): void {
  const value = isVisible ? "visible" : "hidden";
  Object.defineProperty(document, "visibilityState", { value, configurable: true });
}

test.each(["visibilitychange", "pageshow"] as const)("a page is hidden, and seen again with %s", (type) => {
  const clock = createTestClock();
  const told: string[] = [];
  const stop = watchHidden({
    visibility: browserVisibility,
    clock,
    hiddenMs: 5000,
    onHidden: () => told.push("hidden"),
    onSeen: () => told.push("seen"),
  });
  setVisible(false);
  dispatch("visibilitychange");
  clock.advance(2000);
  // Told twice, it counts from the first.
  dispatch("visibilitychange");
  clock.advance(3000);
  expect(told).toEqual(["hidden"]);
  setVisible(true);
  dispatch(type);
  expect(told).toEqual(["hidden", "seen"]);

  setVisible(false);
  dispatch("visibilitychange");
  stop();
  clock.advance(5000);
  setVisible(true);
  dispatch(type);
  expect(told).toEqual(["hidden", "seen"]);
});

test("without a page there is nothing to hide", () => {
  vi.stubGlobal("window", undefined);
  vi.stubGlobal("document", undefined);
  expect(browserVisibility.isHidden()).toBe(false);
  browserVisibility.watch(() => {})();
  vi.unstubAllGlobals();
});
