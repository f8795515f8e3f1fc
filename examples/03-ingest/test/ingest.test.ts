// The workflow on a worker, with the local models: levels, what each step uses, and what survives.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { stepsOf } from "@alder/core/protocol";
import { expectRecovery } from "@alder/core/testing";
import { createWorker, type Worker } from "@alder/core/worker";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openTestStore } from "../../../packages/core/test/store/open-test-store.ts";
import { startModelServer, type ModelServer } from "../../shared/model-server/model-server.ts";
import { Ingest } from "../src/ingest.tsx";

let folder: string;
let a: ModelServer;
let b: ModelServer;
let worker: Worker;
let client: StoreClient;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-ingest-"));
  a = await startModelServer({ tokenDelayMs: 0 });
  b = await startModelServer({ tokenDelayMs: 0 });
  vi.stubEnv("MODEL_A_URL", a.baseUrl);
  vi.stubEnv("MODEL_B_URL", b.baseUrl);
  const store = await openTestStore();
  client = createStoreClient(store);
  worker = createWorker({ store, workflows: [Ingest] });
  await worker.start();
});
afterEach(async () => {
  await worker.stop();
  await Promise.all([a.close(), b.close()]);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("reads each document once, merges in levels, and writes a profile in the documents' words", async () => {
  await writeDocuments(30);
  const view = await ingest();
  expect(view).toMatchObject({ status: "completed", output: { customer: "Acme", documents: 30 } });
  expect((view.output as { text: string }).text).toContain("herons");
  // 30 summaries make three parts, which fit into one prompt.
  expect(stepsOf(view, "Merge").map(({ key }) => key)).toEqual(["1.1", "1.2", "1.3"]);
  expect(a.report()).toMatchObject({ byKind: { summary: 30 }, byOutcome: { answered: 30 } });
  expect(b.report()).toMatchObject({ byKind: { merge: 3, profile: 1 }, byOutcome: { answered: 4 } });
  expect(view.usage.inputTokens + view.usage.outputTokens).toBe(a.report().tokens + b.report().tokens);
  expect(view.usage.cost).toBeGreaterThan(0);
});

test("goes to the other provider while one is down", { timeout: 90_000 }, async () => {
  await writeDocuments(14);
  a.change({ outage: true });
  expect(await ingest()).toMatchObject({ status: "completed", output: { documents: 14 } });
  expect(b.report().byKind).toEqual({ summary: 14, merge: 2, profile: 1 });
});

test("survives a crash anywhere, and its outcome is the same", async () => {
  await writeDocuments(4);
  const { output, crashes } = await expectRecovery(Ingest, { customer: "Acme", folder });
  expect(output).toMatchObject({ customer: "Acme", documents: 4 });
  expect(crashes).toBeGreaterThan(10);
}, 120_000);

test("says so when there is nothing to read", async () => {
  const view = await ingest();
  expect(view).toMatchObject({ status: "failed", error: { code: "non_retryable", step: "FindDocuments" } });
});

async function ingest() {
  const { run } = await client.start("ingest", { customer: "Acme", folder });
  return await client.waitForEnd(run.runId);
}

async function writeDocuments(count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const name = join(folder, `bird-${String(n).padStart(2, "0")}`);
    await mkdir(name);
    await writeFile(
      join(name, "README.md"),
      `# Bird ${n}\n\nThe herons of kind ${n} stand in shallow water and eat fish.\n`,
    );
  }
}
