import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, Output, streamText } from "ai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { CallReport } from "../model-server/call-log.ts";
import { modelName, startModelServer, type ModelServer } from "../model-server/model-server.ts";

const passages = `<passages>
<passage source="1" document="herons" heading="Feeding">
Herons are long-legged birds that stand in shallow water and wait for fish. They strike with a sharp bill
when a fish comes near enough. The grey heron eats frogs and voles as well as fish, depending on the season.
</passage>
<passage source="2" document="alders" heading="Roots">
Alders are trees that grow beside streams and fix nitrogen in nodules on their roots. Their wood stays sound
under water for centuries, which is why Venice stands on piles of alder. Alder roots hold a river bank together.
</passage>
</passages>`;
const sections = `Its sections are "Feeding" and "Roots".`;
const sectionPrompt = `Write the section "Roots" of an article about "life beside streams". ${sections}\n${passages}`;

let server: ModelServer;
const model = () =>
  createOpenAICompatible({
    name: "local",
    baseURL: server.baseUrl,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })(modelName);

beforeEach(async () => {
  server = await startModelServer({ tokenDelayMs: 0 });
});
afterEach(() => server.close());

describe("answers from the prompt", () => {
  test("a section quotes its passages and cites them", async () => {
    const { text, usage, finishReason } = await generateText({ model: model(), prompt: sectionPrompt });
    expect(text).toContain("fix nitrogen in nodules");
    expect(text).toContain("[2]");
    expect(text).not.toContain("Herons");
    expect(finishReason).toBe("stop");
    expect(usage.outputTokens).toBeGreaterThan(20);
  });

  test("streamed, it is the same text, and the last chunk has the usage", async () => {
    const whole = await generateText({ model: model(), prompt: sectionPrompt });
    const streamed = streamText({ model: model(), prompt: sectionPrompt });
    const deltas: string[] = [];
    for await (const delta of streamed.textStream) deltas.push(delta);
    expect(deltas.join("")).toBe(whole.text);
    expect(deltas.length).toBeGreaterThan(20);
    expect(await streamed.usage).toEqual(whole.usage);
  });

  test("what one section says, no other section says again", async () => {
    const feeding = await generateText({
      model: model(),
      prompt: sectionPrompt.replace(`"Roots"`, `"Feeding"`),
    });
    const roots = await generateText({ model: model(), prompt: sectionPrompt });
    expect(feeding.text).toContain("strike with a sharp bill");
    const sentences = feeding.text.split(". ");
    expect(sentences.filter((sentence) => roots.text.includes(sentence))).toEqual([]);
  });

  test("an outline fits the schema that is asked for", async () => {
    const schema = z.object({ title: z.string(), headings: z.array(z.string()).min(1).max(3) });
    const { output } = await generateText({
      model: model(),
      output: Output.object({ schema }),
      prompt: `Plan an article about "life beside streams".\n${passages}`,
    });
    expect(output).toEqual({ title: "Life beside streams", headings: ["Feeding", "Roots"] });
  });

  test("JSON without a schema is an object with the answer", async () => {
    const plain = createOpenAICompatible({ name: "local", baseURL: server.baseUrl })(modelName);
    const prompt = `What about "Venice"?\n${passages}`;
    const { output } = await generateText({ model: plain, output: Output.json(), prompt });
    expect(output).toEqual({ answer: expect.stringContaining("Venice") });
  });

  test("a revision adds what its note asks about, to the section it belongs to", async () => {
    const revise = (heading: string, draft: string) =>
      generateText({
        model: model(),
        prompt: `Revise the section "${heading}" of an article about "life beside streams". ${sections}
<note>Say more about Venice.</note>\n<draft>\n${draft}\n</draft>\n${passages}`,
      });
    const roots = await revise("Roots", "Alders grow beside streams [2].");
    expect(roots.text).toMatch(/^Alders grow beside streams \[2\]\.\n\nOn this, alders says: .*Venice/);
    expect((await revise("Feeding", "Herons wait [1].")).text).toBe("Herons wait [1].");
  });

  test("a summary has the document's heading and first sentences; of a changelog the newest version", async () => {
    const summarise = async (name: string, text: string) =>
      (
        await generateText({
          model: model(),
          prompt: `Summarise it.\n<document name="${name}">\n${text}\n</document>`,
        })
      ).text;
    const readme =
      "# herons ![badge](x.svg)\n\nHerons are long-legged birds that stand in shallow water.\n\n## Install\n\nnpm i";
    expect(await summarise("herons/README.md", readme)).toBe(
      "herons: Herons are long-legged birds that stand in shallow water.",
    );
    const changes = "# Changelog\n\n## 2.1.0\n\n- Longer legs for deeper water\n\n## 2.0.0\n\n- Feathers";
    expect(await summarise("herons/CHANGELOG.md", changes)).toBe(
      "herons: the newest of 2 versions is 2.1.0, with: Longer legs for deeper water.",
    );
  });

  test("a merged text and a profile say what most of the summaries say, in their words", async () => {
    const summaries = `<summary of="herons">Herons are birds that stand in water and eat fish.</summary>
<summary of="otters">Otters are mammals that swim in water and eat fish.</summary>
<summary of="swifts">Swifts sleep while flying, high above all towns.</summary>`;
    const ask = async (prompt: string) =>
      (await generateText({ model: model(), prompt: `${prompt}\n${summaries}` })).text;
    expect(await ask("Merge these.")).toContain("Otters are mammals that swim in water and eat fish.");
    const profile = await ask("Write a profile from these.");
    expect(profile).toMatch(/^What these documents have most in common: .*\*water\*/);
    expect(profile).toContain("- Herons are birds that stand in water and eat fish.");
  });

  test("without passages it says that it knows nothing", async () => {
    const { text } = await generateText({ model: model(), prompt: "Who are you?" });
    expect(text).toContain("I quote and condense the passages that are in a prompt");
  });
});

describe("misbehaves when it is told to", () => {
  test("429 with Retry-After, so many times", async () => {
    await control({ next: 2, fault: { fault: "rate_limit", retryAfterSeconds: 3 } });
    for (const _ of [1, 2]) {
      const error = await generateText({ model: model(), prompt: sectionPrompt, maxRetries: 0 }).catch(
        (thrown: unknown) => thrown,
      );
      expect(APICallError.isInstance(error) && error).toMatchObject({
        statusCode: 429,
        isRetryable: true,
        responseHeaders: { "retry-after": "3" },
      });
    }
    expect((await generateText({ model: model(), prompt: sectionPrompt, maxRetries: 0 })).text).toContain(
      "nitrogen",
    );
  });

  test("429 of its own accord, over the rate it has, with the moment to come again", async () => {
    server.change({ requests: { count: 1, periodMs: 60_000 } });
    await generateText({ model: model(), prompt: sectionPrompt });
    const refused = generateText({ model: model(), prompt: sectionPrompt, maxRetries: 0 });
    await expect(refused).rejects.toMatchObject({
      statusCode: 429,
      responseHeaders: { "retry-after": "60", "retry-after-ms": expect.stringMatching(/^59\d{3}$|^60000$/) },
    });
    expect(server.report()).toMatchObject({ total: 2, byOutcome: { answered: 1, rate_limit: 1 } });
  });

  test("503 in an outage that is switched on and off over HTTP", async () => {
    await control({ capacity: { outage: true } });
    const refused = generateText({ model: model(), prompt: sectionPrompt, maxRetries: 0 });
    await expect(refused).rejects.toMatchObject({ statusCode: 503 });
    await control({ capacity: { outage: false } });
    await expect(generateText({ model: model(), prompt: sectionPrompt })).resolves.toBeDefined();
    expect((await readCalls()).byOutcome).toEqual({ outage: 1, answered: 1 });
  });

  test("the AI SDK's own retries get past a 500", async () => {
    await control({ fault: { fault: "rate_limit", retryAfterSeconds: 0 } });
    await expect(
      generateText({ model: model(), prompt: sectionPrompt, maxRetries: 1 }),
    ).resolves.toBeDefined();
    expect(await readCalls()).toMatchObject({ total: 2, byOutcome: { rate_limit: 1, answered: 1 } });
  });

  test("500, for one kind of call only", async () => {
    await control({ kind: "outline", fault: { fault: "error" } });
    await expect(
      generateText({ model: model(), prompt: sectionPrompt, maxRetries: 0 }),
    ).resolves.toBeDefined();
    const outline = generateText({
      model: model(),
      output: Output.json(),
      prompt: `Plan an article about "x".\n${passages}`,
      maxRetries: 0,
    });
    await expect(outline).rejects.toMatchObject({ statusCode: 500 });
  });

  test("a cut stream is an error after the chunks that came", async () => {
    await control({ fault: { fault: "cut", afterChunks: 4 } });
    const { fullStream } = streamText({
      model: model(),
      prompt: sectionPrompt,
      maxRetries: 0,
      onError: () => {},
    });
    const parts: string[] = [];
    const read = async () => {
      for await (const part of fullStream) parts.push(part.type);
    };
    await expect(read()).rejects.toThrow("Failed to process successful response");
    expect(parts.filter((type) => type === "text-delta")).toHaveLength(4);
    expect(await readCalls()).toMatchObject({ inFlight: 0, byOutcome: { cut: 1 } });
  });
});

test("calls are counted by kind, with what was said", async () => {
  const { text, usage } = await generateText({ model: model(), prompt: sectionPrompt });
  const times = { at: expect.any(Number), endedAt: expect.any(Number) };
  expect(await readCalls()).toEqual({
    total: 1,
    inFlight: 0,
    byKind: { section: 1 },
    byOutcome: { answered: 1 },
    tokens: usage.totalTokens,
    calls: [
      { id: "call-1", kind: "section", subject: "Roots", key: null, ...times, outcome: "answered", text },
    ],
  });
});

test("a caller that goes away is noticed", async () => {
  await control({ tokenDelayMs: 5 });
  const leave = new AbortController();
  const { fullStream } = streamText({ model: model(), prompt: sectionPrompt, abortSignal: leave.signal });
  for await (const part of fullStream) if (part.type === "text-delta") leave.abort();
  await expect.poll(readCalls).toMatchObject({ inFlight: 0, byOutcome: { left: 1 } });
});

test("a request it does not understand is refused with its place", async () => {
  const response = await post("/v1/chat/completions", { model: "m", messages: "hello" });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("messages") } });
  const models = await (await fetch(`${server.baseUrl}/models`)).json();
  expect(models).toMatchObject({ data: [{ id: modelName }] });
});

function post(path: string, body: object): Promise<Response> {
  return fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function control(body: object): Promise<void> {
  const response = await post("/control", body);
  expect(response.status).toBe(200);
}

async function readCalls(): Promise<CallReport> {
  return (await (await fetch(`${server.url}/calls`)).json()) as CallReport;
}
