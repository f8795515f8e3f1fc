// A whole application behind the hook: real workflow, worker and store, killed while text is streamed.
import { resetPage } from "../support/page.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient, useWorkflowRun } from "@alder/react-client";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { emptyAddress } from "../../../core/test/store/open-test-store.ts";
import type { Sections } from "../programs/sections.tsx";

const program = fileURLToPath(new URL("../programs/application.ts", import.meta.url));
const PATIENCE = { timeout: 20_000 };

let folder: string;
let address: string;
let application: ChildProcess;

beforeEach(async () => {
  resetPage();
  folder = await mkdtemp(join(tmpdir(), "alder-hooks-"));
  address = await emptyAddress(folder);
});

afterEach(async () => {
  cleanup();
  await kill();
  await rm(folder, { recursive: true, force: true });
});

async function launch(port: string): Promise<string> {
  const node = ["--conditions=alder-source", "--import", "tsx", program, address, port];
  application = spawn(process.execPath, node, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [url] = (await once(createInterface({ input: application.stdout! }), "line")) as [string];
  return url;
}

async function kill(): Promise<void> {
  if (application.exitCode !== null || application.signalCode !== null) return;
  application.kill("SIGKILL");
  await once(application, "exit");
}

function expected(heading: string, words: number): string {
  return Array.from({ length: words }, (_, word) => `${heading}${word} `).join("");
}

test(
  "killed in the middle of its text, the run goes on and the page with it: no character twice or missing",
  { timeout: 120_000 },
  async () => {
    const url = await launch("0");
    const client = createClient({ url });
    const renderRun = () =>
      renderHook(() => useWorkflowRun<typeof Sections>("sections", { client, persist: "url" }));
    const words = 100;
    const page = renderRun();
    await act(() => page.result.current.start({ headings: ["a", "b"], words }));
    const growing = (of: typeof page): string => of.result.current.text("Draft", { key: "a" });
    await waitFor(() => expect(growing(page).length).toBeGreaterThan(20), PATIENCE);

    // Refreshed in the middle of the text, and killed a little later.
    page.unmount();
    const { result } = renderRun();
    await waitFor(
      () => expect(result.current.text("Draft", { key: "a" }).length).toBeGreaterThan(60),
      PATIENCE,
    );
    const texts = (): string[] => ["a", "b"].map((key) => result.current.text("Draft", { key }));
    for (const [index, text] of texts().entries())
      expect(expected("ab"[index]!, words).startsWith(text)).toBe(true);
    await act(kill);
    await waitFor(() => expect(result.current.connection).toBe("reconnecting"), PATIENCE);
    expect(result.current.status).toBe("running");

    await act(() => launch(new URL(url).port));
    await waitFor(() => expect(result.current.inputs).toHaveLength(1), PATIENCE);
    expect(texts()).toEqual([expected("a", words), expected("b", words)]);
    expect(result.current.text("Draft")).toBe(expected("a", words) + expected("b", words));
    expect(result.current.message).toBe("Waiting for review");

    await act(() => result.current.inputs[0]!.respond({ approved: true }));
    await waitFor(() => expect(result.current.status).toBe("completed"), PATIENCE);
    expect(result.current.output).toEqual({
      texts: [expected("a", words), expected("b", words)],
      approved: true,
    });
    expect(result.current).toMatchObject({ connection: "closed", connectionError: undefined, inputs: [] });
  },
);
