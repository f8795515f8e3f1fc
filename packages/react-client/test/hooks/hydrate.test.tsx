import { resetPage } from "../support/page.ts";
import { AlderProvider, createClient, useWorkflowRun } from "@alder/react-client";
import { act, waitFor } from "@testing-library/react";
import type { ReactElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Article } from "../support/article.ts";
import { createRealApi, type RealApi } from "../support/real-api.ts";

let api: RealApi;

beforeEach(async () => {
  resetPage();
  api = await createRealApi();
});

afterEach(() => api.close());

function Page(): ReactElement {
  const run = useWorkflowRun<typeof Article>("article", { persist: "url" });
  return <p>{`${run.status} ${run.input?.topic ?? "nothing"}`}</p>;
}

test("a page that a server rendered without a run finds its run after it is hydrated", async () => {
  const run = await api.run();
  history.replaceState(null, "", `/article?run=${run.runId}`);
  const container = document.createElement("div");
  // What renderToString gives: see server-render.test.tsx.
  container.innerHTML = "<p>idle nothing</p>";
  const onRecoverableError = vi.fn<(error: unknown) => void>();
  const page = (
    <AlderProvider client={createClient({ url: api.url })}>
      <Page />
    </AlderProvider>
  );
  const root = await act(() => hydrateRoot(container, page, { onRecoverableError }));
  await waitFor(() => expect(container.textContent).toBe("running alders"));
  expect(onRecoverableError).not.toHaveBeenCalled();
  act(() => root.unmount());
});
