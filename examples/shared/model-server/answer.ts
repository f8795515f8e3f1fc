// The model: quotes and condenses what the passages of a prompt say about what is asked. It knows nothing else.
import type { ChatRequest } from "./chat-protocol.ts";
import { toKeywords } from "../language/words.ts";
import { fillSchema, schemaOf } from "./json-answer.ts";
import { toCitation, toParagraphs } from "./paragraphs.ts";
import { pickBest, readMaterial, shareOf, type Material, type Statement } from "./material.ts";
import { parsePrompt, type AnswerKind, type Prompt } from "./prompt.ts";
import { reviseDraft } from "./revision.ts";
import { merge, summarise, writeProfile } from "./summary.ts";

export interface Answer {
  readonly kind: AnswerKind;
  /** Section, document or topic. */
  readonly subject: string;
  readonly text: string;
}

const introductionWords = 55;
const sectionWords = 130;

/** What the model says to a request; equal requests get equal answers. */
export function answer(request: ChatRequest): Answer {
  const prompt = parsePrompt(request);
  const { heading, documents, summaries, topic } = prompt;
  const subject = heading ?? documents[0]?.name ?? summaries[0]?.name ?? topic;
  return { kind: prompt.kind, subject, text: writers[prompt.kind](prompt, readMaterial(prompt), request) };
}

const writers: Record<AnswerKind, (prompt: Prompt, material: Material, request: ChatRequest) => string> = {
  outline: (prompt, _material, request) => JSON.stringify(fillSchema(schemaOf(request), prompt)),
  introduction: writeIntroduction,
  section: writeSection,
  revision: reviseDraft,
  summary: summarise,
  merge,
  profile: writeProfile,
  other: writeOther,
};

function writeIntroduction({ headings }: Prompt, material: Material): string {
  const opening = toParagraphs(pickOpening(material), ["", "In the words of %s: "]).join(" ");
  const tour =
    headings.length > 1 ? ` It goes on with ${toList(headings.map((heading) => `*${heading}*`))}.` : "";
  return `${opening || "The documents say little about this in so many words."}${tour && `\n\nThis article lets the documentation speak.${tour}`}`;
}

function writeSection({ heading, topic }: Prompt, material: Material): string {
  const opening = new Set(pickOpening(material).map(({ order }) => order));
  const own = material.statements.filter(({ section, order }) => section === heading && !opening.has(order));
  const words = new Set(toKeywords(`${topic} ${heading}`));
  const ranked = own.map((statement) => ({
    ...statement,
    relevance: statement.relevance + shareOf(words, statement.text),
  }));
  const paragraphs = toParagraphs(pickBest(ranked, sectionWords));
  const example = material.examples.find(({ section }) => section === heading);
  if (paragraphs.length === 0 && !example) {
    return `The documents at hand say nothing about *${heading}* that could be quoted.`;
  }
  if (example) {
    paragraphs.push(`An example from ${example.document}${toCitation(example.source)}:\n\n${example.code}`);
  }
  return paragraphs.join("\n\n");
}

function writeOther({ passages }: Prompt, material: Material): string {
  if (passages.length === 0) {
    return "I am a small local model: I quote and condense the passages that are in a prompt, and there are none in this one.";
  }
  return toParagraphs(pickBest(material.statements, sectionWords)).join("\n\n");
}

/** What an introduction says; the sections leave it out. */
function pickOpening({ statements }: Material): Statement[] {
  const worthy = statements.filter(({ leansOnPrevious, relevance }) => !leansOnPrevious && relevance > 0.5);
  // Where there is little to say, the sections need it.
  return statements.length < 8 ? [] : pickBest(worthy, introductionWords);
}

function toList(items: readonly string[]): string {
  return new Intl.ListFormat("en").format(items);
}
