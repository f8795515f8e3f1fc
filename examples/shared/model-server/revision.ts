import { toKeywords } from "../language/words.ts";
import { pickBest, shareOf, type Material } from "./material.ts";
import { toParagraphs } from "./paragraphs.ts";
import type { Prompt } from "./prompt.ts";

const addedWords = 60;
/** Words of a note that say how, not what. */
const instructionWords = new Set(
  toKeywords(
    "please add say mention include explain write describe more detail longer section article word sentence need want like make",
  ),
);

/**
 * The draft, changed as the note asks as far as a model that only quotes can: made shorter, or with more of what the
 * passages say about what the note mentions. A section that the note does not concern comes back as it was.
 */
export function reviseDraft(prompt: Prompt, material: Material): string {
  const draft = prompt.draft ?? "";
  const note = prompt.note ?? "";
  if (/\b(?:short(?:er|en)?|brief(?:er|ly)?|concise|tight(?:er|en)?|cut|trim|too long|less)\b/i.test(note)) {
    return shorten(draft);
  }
  const wanted = new Set(toKeywords(note).filter((word) => !instructionWords.has(word)));
  const unused = material.statements
    .filter(({ text, section }) => section === prompt.heading && !draft.includes(text.slice(0, -1)))
    .map((statement) => ({
      ...statement,
      relevance: wanted.size > 0 ? shareOf(wanted, statement.text) : statement.relevance,
    }))
    .filter(({ relevance }) => relevance > 0);
  const added = toParagraphs(pickBest(unused, addedWords), ["On this, %s says: "]);
  return [draft, ...added].join("\n\n");
}

/** The first half of each paragraph's sentences; code stays whole. */
function shorten(draft: string): string {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  let inFence = false;
  return draft
    .split("\n\n")
    .map((paragraph) => {
      const wasInFence = inFence;
      if ((paragraph.match(/^```/gm)?.length ?? 0) % 2 === 1) inFence = !inFence;
      if (wasInFence || paragraph.startsWith("```")) return paragraph;
      const sentences = [...segmenter.segment(paragraph)].map(({ segment }) => segment);
      return sentences
        .slice(0, Math.ceil(sentences.length / 2))
        .join("")
        .trim();
    })
    .join("\n\n");
}
