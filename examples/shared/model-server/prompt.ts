// What a prompt asks for. The model reads the prompt only: nobody tells it which step of which workflow called.
import type { ChatRequest } from "./chat-protocol.ts";

export type AnswerKind =
  | "outline"
  | "section"
  | "introduction"
  | "revision"
  | "summary"
  | "merge"
  | "profile"
  | "other";

export interface PromptText {
  readonly name: string;
  readonly text: string;
}

export interface PromptPassage {
  /** What is written behind a statement to cite it. */
  readonly source: string;
  readonly document: string;
  readonly heading: string;
  readonly text: string;
}

/** A prompt, understood as far as this model can. */
export interface Prompt {
  readonly kind: AnswerKind;
  /** What stands in quotes after `about`. */
  readonly topic: string;
  /** The section that is asked for: what stands in quotes after `section`. */
  readonly heading: string | undefined;
  /** All sections of the article: what stands in quotes after `sections are`. */
  readonly headings: readonly string[];
  /** `<passage source="1" document="…" heading="…">…</passage>` */
  readonly passages: readonly PromptPassage[];
  /** `<draft>…</draft>`: what is to be revised. */
  readonly draft: string | undefined;
  /** `<note>…</note>`: what the reviewer said. */
  readonly note: string | undefined;
  /** `<document name="…">…</document>`: what is to be made short. */
  readonly documents: readonly PromptText[];
  /** `<summary of="…">…</summary>`: what is to be made one. */
  readonly summaries: readonly PromptText[];
  readonly instructions: string;
}

export function parsePrompt(request: ChatRequest): Prompt {
  const text = request.messages.map(({ content }) => toText(content)).join("\n\n");
  const draft = /<draft>\n?([\s\S]*?)\n?<\/draft>/.exec(text)?.[1];
  const note = /<note>\s*([\s\S]*?)\s*<\/note>/.exec(text)?.[1];
  const passages = [...text.matchAll(/<passage\s([^>]*)>\n?([\s\S]*?)\n?<\/passage>/g)].map(
    ([, attributes, body]) => ({
      source: readAttribute(attributes!, "source"),
      document: readAttribute(attributes!, "document"),
      heading: readAttribute(attributes!, "heading"),
      text: body!,
    }),
  );
  const documents = allTagged("document", "name", text);
  const summaries = allTagged("summary", "of", text);
  const instructions = text.replaceAll(/<(passage|draft|note|document|summary)\b[\s\S]*?<\/\1>/g, "").trim();
  const heading = firstQuoted(/\bsection\s+/i, instructions);
  const headings = allQuoted(/\bsections are:?\s+/i, instructions);
  return {
    kind: kindOf(request, { draft, note, heading, documents, summaries, instructions }),
    topic: firstQuoted(/\babout\s+/i, instructions) ?? lastLine(instructions),
    heading,
    headings,
    passages,
    draft,
    note,
    documents,
    summaries,
    instructions,
  };
}

function kindOf(
  request: ChatRequest,
  prompt: Pick<Prompt, "draft" | "note" | "heading" | "documents" | "summaries" | "instructions">,
): AnswerKind {
  const format = request.response_format?.type;
  if (format === "json_object" || format === "json_schema") return "outline";
  if (prompt.draft !== undefined && prompt.note !== undefined) return "revision";
  if (prompt.documents.length > 0) return "summary";
  if (prompt.summaries.length > 0) return /\bprofile\b/i.test(prompt.instructions) ? "profile" : "merge";
  if (/\bintroduction\b/i.test(prompt.instructions)) return "introduction";
  return prompt.heading === undefined ? "other" : "section";
}

function toText(content: ChatRequest["messages"][number]["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join("");
}

function allTagged(tag: string, attribute: string, text: string): PromptText[] {
  return [...text.matchAll(new RegExp(`<${tag}\\s([^>]*)>\\n?([\\s\\S]*?)\\n?</${tag}>`, "g"))].map(
    ([, attributes, body]) => ({ name: readAttribute(attributes!, attribute), text: body! }),
  );
}

const quoted = String.raw`"(?:[^"\\]|\\.)*"`;

function firstQuoted(before: RegExp, text: string): string | undefined {
  const match = new RegExp(`${before.source}(${quoted})`, "i").exec(text);
  return match?.[1] === undefined ? undefined : unquote(match[1]);
}

function allQuoted(before: RegExp, text: string): string[] {
  const list = new RegExp(`${before.source}(${quoted}(?:,? (?:and )?${quoted})*)`, "i").exec(text)?.[1];
  return (list?.match(new RegExp(quoted, "g")) ?? []).map(unquote);
}

function unquote(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal.slice(1, -1);
  }
}

function readAttribute(attributes: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
}

function lastLine(text: string): string {
  return (
    text
      .split("\n")
      .findLast((line) => line.trim().length > 0)
      ?.trim() ?? ""
  );
}
