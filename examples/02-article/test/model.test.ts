import { component } from "@alder/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import type { CallReport } from "../../shared/model-server/call-log.ts";
import { startModelServer, type ModelServer } from "../../shared/model-server/model-server.ts";
import { askFor, streamAnswer } from "../src/model.ts";
import { toOutlinePrompt, toSectionPrompt } from "../src/prompts.ts";

const task = {
  topic: "life beside streams",
  headings: ["Feeding", "Roots"],
  passages: [
    {
      source: 1,
      document: "alders",
      heading: "Roots",
      text: "Alders are trees that grow beside streams and fix nitrogen in nodules on their roots.",
    },
  ],
};
const Write = component("Write", async function* (_props: {}, step) {
  yield* streamAnswer(toSectionPrompt(task, "Roots"), step);
}).retry({ attempts: 4, initial: "10ms", jitter: false });

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer({ tokenDelayMs: 0 });
  vi.stubEnv("OPENAI_BASE_URL", server.baseUrl);
  vi.stubEnv("OPENAI_API_KEY", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

test("a streamed answer is the whole text", async () => {
  expect(await Write.run()).toBe(
    "Alders are trees that grow beside streams and fix nitrogen in nodules on their roots [1].",
  );
});

test.each([
  ["a rate limit", { fault: "rate_limit", retryAfterSeconds: 0 }, "rate_limit"],
  ["a server error", { fault: "error" }, "error"],
  ["a stream that is cut before its first word", { fault: "cut", afterChunks: 0 }, "cut"],
  ["a stream that is cut in its middle", { fault: "cut", afterChunks: 3 }, "cut"],
])("%s fails the attempt, and the next is tried", async (_name, fault, outcome) => {
  await control({ next: 2, fault });
  expect(await Write.run()).toContain("fix nitrogen in nodules on their roots [1].");
  expect(await readCalls()).toMatchObject({ byOutcome: { [outcome]: 2, answered: 1 } });
});

test("half a text never passes for a whole one", async () => {
  await control({ next: 4, fault: { fault: "cut", afterChunks: 3 } });
  await expect(Write.run()).rejects.toThrow("Failed to process successful response");
  expect(await readCalls()).toMatchObject({ byOutcome: { cut: 4 } });
});

test("data fits its schema", async () => {
  const schema = z.object({ title: z.string(), headings: z.array(z.string()) });
  const Ask = component("Ask", async (_props: {}, step) => await askFor(schema, toOutlinePrompt(task), step));
  expect(await Ask.run()).toMatchObject({ title: "Life beside streams" });
});

async function control(body: object): Promise<void> {
  await fetch(`${server.url}/control`, { method: "POST", body: JSON.stringify(body) });
}

async function readCalls(): Promise<CallReport> {
  return (await (await fetch(`${server.url}/calls`)).json()) as CallReport;
}
