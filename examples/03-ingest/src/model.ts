// Two providers of language models, through the AI SDK: what each allows, what it costs, and how it is asked.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LimitPolicy, Step } from "@alder/core";
import { generateText } from "ai";

export interface Provider {
  /** Names its settings in the environment: `MODEL_A_URL`. */
  readonly name: "A" | "B";
  /** What it allows all workers together, and when it is left alone as it seems to be down. */
  readonly limit: LimitPolicy;
  /** For a million tokens, in dollars. */
  readonly price: { readonly input: number; readonly output: number };
}

export const providerA: Provider = {
  name: "A",
  limit: {
    key: "provider-a",
    concurrency: 16,
    rate: "600/1m",
    tokens: "2000000/1m",
    // More than are under way at once: a burst of refusals is no outage.
    breaker: { failures: 20, within: "30s", open: "15s" },
  },
  price: { input: 0.15, output: 0.6 },
};

export const providerB: Provider = {
  name: "B",
  limit: {
    key: "provider-b",
    concurrency: 8,
    rate: "300/1m",
    breaker: { failures: 12, within: "30s", open: "15s" },
  },
  price: { input: 0.4, output: 1.6 },
};

/** What the model answers; what it has used is told. */
export async function ask({ name, price }: Provider, prompt: string, step: Step): Promise<string> {
  const { text, usage } = await generateText({
    model: toModel(name),
    prompt,
    // By this a provider that can tell repetitions knows one; the local one counts them.
    headers: { "idempotency-key": step.idempotencyKey },
    abortSignal: step.signal,
    // Alder retries; two who retry would try attempts times attempts.
    maxRetries: 0,
  });
  const { inputTokens = 0, outputTokens = 0 } = usage;
  const cost = (inputTokens * price.input + outputTokens * price.output) / 1_000_000;
  step.usage({ inputTokens, outputTokens, cost });
  return text;
}

/** The environment is read at each call, so that `start` may fill it in. */
function toModel(name: Provider["name"]) {
  const { [`MODEL_${name}_URL`]: baseURL = "", [`MODEL_${name}_KEY`]: apiKey } = process.env;
  const provider = createOpenAICompatible({ name: `provider-${name}`, baseURL, ...(apiKey && { apiKey }) });
  return provider(process.env[`MODEL_${name}_NAME`] || "gpt-5-mini");
}
