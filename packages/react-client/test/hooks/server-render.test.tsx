// Rendered on a server and hydrated in a browser.
import { AlderProvider, createClient, useWorkflowRun } from "@alder/react-client";
import type { ReactElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import type { Article } from "../support/article.ts";

function Page({ runId }: { runId?: string }): ReactElement {
  const run = useWorkflowRun<typeof Article>("article", { persist: "url", runId });
  return (
    <p>
      {run.status} {run.runId ?? "none"} {run.connection}
    </p>
  );
}

const textOf = (html: string): string => html.replaceAll(/<!-- -->|<\/?p>/g, "");

test("a server renders without a page, and asks for nothing", () => {
  expect(typeof window).toBe("undefined");
  const fetchNothing = vi.fn<typeof fetch>();
  const client = createClient({ url: "http://api.test", fetch: fetchNothing });
  const render = (page: ReactElement): string =>
    textOf(renderToString(<AlderProvider client={client}>{page}</AlderProvider>));
  expect(render(<Page />)).toBe("idle none idle");
  expect(render(<Page runId="r" />)).toBe("queued r idle");
  // Without a provider it is for the page's own origin, which a server does not have.
  expect(textOf(renderToString(<Page />))).toBe("idle none idle");
  expect(fetchNothing).not.toHaveBeenCalled();
});
