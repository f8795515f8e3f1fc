// What the passages of a prompt say, sentence by sentence, and which section each sentence belongs to.
//
// 1. A sentence belongs to one section of an article: asked for each section in turn, with the same passages, the model
//    never says the same twice.
// 2. What is said follows from the prompt alone: equal prompts get equal answers.
import { findShortExample, toSentences } from "../language/sentences.ts";
import { toKeywords } from "../language/words.ts";
import { toReadableHeading } from "./headings.ts";
import type { Prompt, PromptPassage } from "./prompt.ts";

export interface Statement {
  readonly text: string;
  readonly source: string;
  readonly document: string;
  /** Its place among all statements of the prompt. */
  readonly order: number;
  /** How much it has to do with the topic. */
  readonly relevance: number;
  /** The section it belongs to; undefined if the prompt names none. */
  readonly section: string | undefined;
  /** Means nothing without the statement before it. */
  readonly leansOnPrevious: boolean;
}

interface Example {
  readonly code: string;
  readonly document: string;
  readonly source: string;
  readonly section: string | undefined;
}

export interface Material {
  readonly statements: readonly Statement[];
  readonly examples: readonly Example[];
}

export function readMaterial({ passages, topic, headings, heading }: Prompt): Material {
  const sections = headings.length > 0 ? headings : heading === undefined ? [] : [heading];
  const topicWords = new Set(toKeywords(topic));
  const statements: Statement[] = [];
  const examples: Example[] = [];
  const said = new Set<string>();
  passages.forEach((passage, index) => {
    const { source, document } = passage;
    const section = sectionOf(passage, index, sections);
    for (const { text, leansOnPrevious } of toSentences(passage.text)) {
      if (said.has(text)) continue;
      said.add(text);
      const relevance =
        shareOf(topicWords, `${text} ${passage.heading}`) +
        (defines(text) ? 0.3 : 0) -
        (isTerse(text) ? 0.4 : 0);
      statements.push({
        text,
        source,
        document,
        order: statements.length,
        relevance,
        section,
        leansOnPrevious,
      });
    }
    const code = findShortExample(passage.text);
    if (code) examples.push({ code, document, source, section });
  });
  return { statements, examples };
}

/** How many of `words` a text mentions, from 0 to 1. */
export function shareOf(words: ReadonlySet<string>, text: string): number {
  if (words.size === 0) return 0;
  const mentioned = new Set(toKeywords(text));
  return [...words].filter((word) => mentioned.has(word)).length / words.size;
}

/** The best statements that fit into `words`, in the order of the passages. */
export function pickBest(statements: readonly Statement[], words: number): Statement[] {
  const picked = new Map<number, Statement>();
  const byOrder = new Map(statements.map((statement) => [statement.order, statement]));
  let left = words;
  for (const statement of statements.toSorted((a, b) => b.relevance - a.relevance || a.order - b.order)) {
    const needed = [statement];
    while (needed[0]!.leansOnPrevious) {
      const before = byOrder.get(needed[0]!.order - 1);
      if (!before) break;
      needed.unshift(before);
    }
    // What leans on a statement that is not there would not be understood.
    if (needed[0]!.leansOnPrevious) continue;
    const fresh = needed.filter(({ order }) => !picked.has(order));
    const length = fresh.reduce((sum, { text }) => sum + text.split(" ").length, 0);
    if (length > left && picked.size > 0) continue;
    for (const one of fresh) picked.set(one.order, one);
    left -= length;
    if (left <= 0) break;
  }
  return [...picked.values()].toSorted((a, b) => a.order - b.order);
}

/** The section whose heading a passage is closest to; with nothing to go by, the sections take turns. */
function sectionOf(passage: PromptPassage, index: number, sections: readonly string[]): string | undefined {
  const own = toReadableHeading(passage.heading, passage.document);
  const exact = sections.find((section) => section.toLowerCase() === own.toLowerCase());
  if (exact !== undefined || sections.length === 0) return exact;
  const scored = sections.map((section) => {
    const words = new Set(toKeywords(section));
    const inHeading = shareOf(words, `${passage.heading} ${passage.document}`);
    return { section, score: 2 * inHeading + shareOf(words, passage.text) };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0.34 ? best.section : sections[index % sections.length];
}

/** `Returns true if …`: the voice of a reference, not of an article. */
function isTerse(text: string): boolean {
  return /^(?:returns?|run|creates?|sets?|gets?|scan|pay attention|use|include|add|or)\b/i.test(text);
}

function defines(text: string): boolean {
  return /\b(?:is|are) (?:a|an|the)\b|\b(?:lets|allows|provides|means|helps|supports)\b/i.test(text);
}
