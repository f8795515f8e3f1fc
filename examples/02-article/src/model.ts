// The language model, through the AI SDK: any endpoint that speaks the OpenAI protocol.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { Step } from "@alder/core";
import { generateText, Output, streamText, type LanguageModel, type LanguageModelUsage } from "ai";
import type { z } from "zod";

const openAiUrl = "https://api.openai.com/v1";
const openAiModel = "gpt-5-mini";

/** Read from the environment at each call, so that `start` may fill it in. */
export function readModelSettings() {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: name } = process.env;
  return { apiKey, baseUrl: baseUrl || openAiUrl, name: name || openAiModel };
}

/** What the model writes, piece by piece. */
export async function* streamAnswer(prompt: string, step: Step): AsyncGenerator<string, void> {
  const answer = streamText({ ...settingsOf(step), prompt, onError: () => {} });
  for await (const part of answer.fullStream) {
    if (part.type === "text-delta") yield part.text;
    // `textStream` would just end here, and half a text would pass for a whole one.
    if (part.type === "error") throw part.error;
    if (part.type === "finish") reportUsage(part.totalUsage, step);
  }
  step.signal.throwIfAborted();
}

/** An answer as data that fits `schema`. */
export async function askFor<T>(schema: z.ZodType<T>, prompt: string, step: Step): Promise<T> {
  const { output, usage } = await generateText({
    ...settingsOf(step),
    prompt,
    output: Output.object({ schema }),
  });
  reportUsage(usage, step);
  return output;
}

function settingsOf(step: Step): { model: LanguageModel; abortSignal: AbortSignal; maxRetries: number } {
  const { apiKey, baseUrl, name } = readModelSettings();
  const provider = createOpenAICompatible({
    name: "openai",
    baseURL: baseUrl,
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(apiKey && { apiKey }),
  });
  // Alder retries; two who retry would try attempts times attempts.
  return { model: provider(name), abortSignal: step.signal, maxRetries: 0 };
}

function reportUsage({ inputTokens, outputTokens }: LanguageModelUsage, step: Step): void {
  step.usage({ inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 });
}
