// The workflow on a worker, with the local model: what it publishes, waits for and gives.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { stepsOf, textOf, type RunView } from "@alder/core/protocol";
import { expectRecovery } from "@alder/core/testing";
import { createWorker, type Worker } from "@alder/core/worker";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openTestStore } from "../../../packages/core/test/store/open-test-store.ts";
import { startModelServer, type ModelServer } from "../../shared/model-server/model-server.ts";
import { Article } from "../src/article.tsx";
import type { Article as ArticleData } from "../src/schemas.ts";

const documents = {
  "herons.md": `# Herons

## Feeding

Herons stand in shallow streams and wait for fish to come near. They strike with a sharp bill when a fish is near enough.
The grey heron eats frogs and voles as well as fish, depending on the season.`,
  "alders.md": `# Alders

## Roots

Alders are trees that grow beside streams and fix nitrogen in nodules on their roots. Their wood stays sound under water
for centuries, which is why Venice stands on piles of alder. Alder roots hold the bank of a stream together.`,
};

let folder: string;
let model: ModelServer;
let worker: Worker;
let client: StoreClient;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-article-"));
  for (const [name, text] of Object.entries(documents)) await writeFile(join(folder, name), text);
  model = await startModelServer({ tokenDelayMs: 0 });
  vi.stubEnv("OPENAI_BASE_URL", model.baseUrl);
  vi.stubEnv("OPENAI_API_KEY", "");
  const store = await openTestStore();
  client = createStoreClient(store);
  worker = createWorker({ store, workflows: [Article] });
  await worker.start();
});
afterEach(async () => {
  await worker.stop();
  await model.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("publishes its outline, streams its texts, and waits for a review", async () => {
  const runId = await start("streams");
  const view = await untilItWaits(runId);
  expect(view.objects.outline).toMatchObject({
    title: "Streams",
    headings: expect.arrayContaining(["Feeding", "Roots"]),
    sources: [{ document: "Alders" }, { document: "Herons" }],
  });
  expect(textOf(view, "Draft", { key: "Roots" })).toContain("fix nitrogen in nodules");
  expect(textOf(view, "Draft", { key: "Feeding" })).toContain("strike with a sharp bill");
  expect(view).toMatchObject({ message: "Waiting for your review", progress: { value: 2, max: 3 } });
  expect(stepsOf(view, "Draft").map(({ status }) => status)).toEqual(["completed", "completed"]);

  await client.signal(runId, "review", { approved: true });
  const article = await outputOf(runId);
  expect(article).toMatchObject({ title: "Streams", review: { approved: true } });
  for (const { heading, text } of article.sections)
    expect(text).toBe(textOf(view, "Draft", { key: heading }));
});

test("works a note in, once, where it belongs", async () => {
  const runId = await start("streams");
  const before = await untilItWaits(runId);
  await client.signal(runId, "review", { approved: false, note: "Say more about Venice" });
  const { sections, review } = await outputOf(runId);
  expect(review).toEqual({ approved: false, note: "Say more about Venice" });
  for (const { heading, text } of sections) expect(text).toContain(textOf(before, "Draft", { key: heading }));
  expect(stepsOf(await client.view(runId), "Revise").map(({ key }) => key)).toEqual(
    sections.map(({ heading }) => heading),
  );
});

test("gives the article as it was when the revision fails for good", async () => {
  const runId = await start("streams");
  const before = await untilItWaits(runId);
  await model.close();
  model = await startModelServer({ tokenDelayMs: 0 });
  vi.stubEnv("OPENAI_BASE_URL", `${model.url}/nothing/here`);
  await client.signal(runId, "review", { approved: false, note: "Shorter" });
  const { sections } = await outputOf(runId);
  for (const { heading, text } of sections) expect(text).toBe(textOf(before, "Draft", { key: heading }));
});

test("survives a crash anywhere, and its outcome is the same", async () => {
  const { output, crashes } = await expectRecovery(
    Article,
    { topic: "streams", folder },
    { act: (run) => run.signal("review", { approved: true }) },
  );
  expect(output?.title).toBe("Streams");
  expect(crashes).toBeGreaterThan(20);
}, 120_000);

test("says so when no document is about the topic", async () => {
  const view = await client.waitForEnd(await start("quasars"));
  expect(view).toMatchObject({
    status: "failed",
    error: { code: "non_retryable", step: "Research", message: expect.stringContaining("“quasars”") },
  });
  expect(stepsOf(view).map(({ name, status }) => [name, status])).toEqual([["Research", "failed"]]);
});

async function start(topic: string): Promise<string> {
  return (await client.start("article", { topic, folder })).run.runId;
}

async function untilItWaits(runId: string): Promise<RunView> {
  for await (const { events } of client.follow(runId)) {
    if (events.some(({ type }) => type === "input.requested")) return await client.view(runId);
  }
  throw new Error(`The run ended: ${JSON.stringify((await client.view(runId)).error)}`);
}

async function outputOf(runId: string): Promise<ArticleData> {
  const view = await client.waitForEnd(runId);
  if (view.status !== "completed") throw new Error(`The run ${view.status}: ${JSON.stringify(view.error)}`);
  return view.output as unknown as ArticleData;
}
