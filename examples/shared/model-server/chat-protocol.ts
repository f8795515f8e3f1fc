// The part of the OpenAI chat protocol that this server speaks.
import { z } from "zod";

export type JsonSchema = { readonly [keyword: string]: unknown };

export const chatRequestSchema = z.object({
  model: z.string(),
  messages: z
    .array(
      z.object({
        role: z.string(),
        content: z.union([z.string(), z.array(z.object({ text: z.string().optional() }))]).nullish(),
      }),
    )
    .min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  response_format: z
    .object({
      type: z.string(),
      json_schema: z.object({ schema: z.record(z.string(), z.unknown()).optional() }).optional(),
    })
    .nullish(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** What every message about one answer carries. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export function toCompletion(head: AnswerHead, text: string, usage: Usage) {
  const message = { role: "assistant", content: text };
  return {
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  };
}

export function toChunk(head: AnswerHead, delta: object, finishReason: "stop" | null = null) {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return { ...head, object: "chat.completion.chunk", choices };
}

/** The last chunk of a stream whose caller asked for `include_usage`: no choices, only the numbers. */
export function toUsageChunk(head: AnswerHead, usage: Usage) {
  return { ...head, object: "chat.completion.chunk", choices: [], usage };
}

export function toErrorBody(type: string, message: string) {
  return { error: { message, type, param: null, code: null } };
}

/** Pieces of a few characters, as language models write; joined they are the text. */
export function toTokens(text: string): string[] {
  return text.match(/\s*\S{1,6}|\s+$/gu) ?? [];
}

export function toUsage(request: ChatRequest, tokens: readonly string[]): Usage {
  const prompt_tokens = Math.ceil(JSON.stringify(request.messages).length / 4);
  return { prompt_tokens, completion_tokens: tokens.length, total_tokens: prompt_tokens + tokens.length };
}
