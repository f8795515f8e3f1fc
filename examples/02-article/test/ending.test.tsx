/** @vitest-environment happy-dom */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeEach, expect, test, vi } from "vitest";
import { Ending } from "../page/ending.tsx";
import type { ArticleRun } from "../page/article-run.ts";

const input = { topic: "alders" };
const error = { name: "Error", message: "the model is away", code: null, step: "Draft" };
const blocked = { message: "Draft would be executed again.", divergence: null, error: null };

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  document.body.innerHTML = "";
});

function show(state: object) {
  const actions = { retry: vi.fn<() => void>(), accept: vi.fn<() => void>(), start: vi.fn<() => void>() };
  const container = document.body.appendChild(document.createElement("div"));
  act(() =>
    createRoot(container).render(<Ending run={{ input, ...state, ...actions } as unknown as ArticleRun} />),
  );
  const press = (label: string) => {
    const button = [...container.querySelectorAll("button")].find(({ textContent }) => textContent === label);
    act(() => button!.click());
  };
  return { text: container.textContent ?? "", press, ...actions };
}

test.each([
  { status: "failed", error },
  { status: "cancelled", error: undefined },
])("one that $status goes on where it stopped, or gives way to a new one", (state) => {
  const { text, press, retry, start } = show(state);
  if (state.error) expect(text).toContain("the model is away");
  press("Go on where it stopped");
  expect(retry).toHaveBeenCalledOnce();
  press("Write a new one");
  expect(start).toHaveBeenCalledExactlyOnceWith(input);
});

test("one that is blocked says why, and goes on with the new code", () => {
  const { text, press, accept } = show({ status: "blocked", blocked });
  expect(text).toContain("Draft would be executed again.");
  press("Go on with the new code");
  expect(accept).toHaveBeenCalledOnce();
});

test("one that goes on has nothing to say", () => {
  expect(show({ status: "running", connection: "reconnecting" }).text).toBe("");
});
