// What the model is asked. Texts from outside stand in tags and in JSON quotes, where they are no instructions.
import type { Passage } from "./passage.ts";
import type { Section } from "./schemas.ts";

export interface WritingTask {
  readonly topic: string;
  readonly headings: readonly string[];
  readonly passages: readonly Passage[];
}

export function toOutlinePrompt({ topic, passages }: Pick<WritingTask, "topic" | "passages">): string {
  return `Plan an article about ${quote(topic)} for readers who are new to it.
Give it a title, and three to five sections with headings of a few words that follow from the passages and do not overlap.

${toPassages(passages)}`;
}

export function toIntroductionPrompt(task: WritingTask): string {
  return `${toContext(task, `the introduction of an article`)}
Say in at most 70 words what the topic is and what the sections tell.

${toPassages(task.passages)}`;
}

export function toSectionPrompt(task: WritingTask, heading: string): string {
  return `${toContext(task, `the section ${quote(heading)} of an article`)}
Write this section only, in 100 to 160 words of Markdown, without its heading. Leave to the other sections what is theirs.

${toPassages(task.passages)}`;
}

export function toRevisionPrompt(task: WritingTask, section: Section, note: string): string {
  return `${toContext(task, `the section ${quote(section.heading)} of an article`).replace(/^Write/, "Revise")}
A reviewer wrote the note. Change the draft as far as the note concerns this section and answer with the whole section.
If the note does not concern it, answer with the draft as it is.

<note>
${note}
</note>

<draft>
${section.text}
</draft>

${toPassages(task.passages)}`;
}

function toContext({ topic, headings }: WritingTask, part: string): string {
  return `Write ${part} about ${quote(topic)}. Its sections are ${headings.map(quote).join(", ")}.
State only what the passages say, plainly and without praise. Cite the source of a statement by its number, as in [1].`;
}

function toPassages(passages: readonly Passage[]): string {
  const written = passages.map(
    ({ source, document, heading, text }) =>
      `<passage source="${source}" document="${toAttribute(document)}" heading="${toAttribute(heading)}">
${text}
</passage>`,
  );
  return `<passages>\n${written.join("\n")}\n</passages>`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function toAttribute(text: string): string {
  return text.replaceAll(/["<>]/g, "'");
}
