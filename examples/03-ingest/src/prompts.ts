// What the models are asked. Texts from outside stand in tags, where they are no instructions.
import type { Note } from "./schemas.ts";

/** Of a long document the beginning says what it is. */
const maxDocumentLength = 12_000;

export function toSummaryPrompt(path: string, text: string): string {
  return `Summarise the document in at most 50 words: what it is about, and what a reader has to know of it. Of a record
of changes, tell what is newest.

<document name="${toAttribute(path)}">
${text.slice(0, maxDocumentLength)}
</document>`;
}

export function toMergePrompt(notes: readonly Note[]): string {
  return `Make one summary of at most 90 words of these. Keep what several of them say, and what only one says if it
matters to all.

${toSummaries(notes)}`;
}

export function toProfilePrompt(customer: string, notes: readonly Note[]): string {
  return `Write the profile of the customer ${JSON.stringify(customer)} in Markdown, from the summaries of their documents:
what they work on, with what, and what has changed of late.

${toSummaries(notes)}`;
}

function toSummaries(notes: readonly Note[]): string {
  return notes.map(({ from, text }) => `<summary of="${toAttribute(from)}">\n${text}\n</summary>`).join("\n");
}

function toAttribute(text: string): string {
  return text.replaceAll(/["<>]/g, "'");
}
