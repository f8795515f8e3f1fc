// Readable sentences out of Markdown: what is left when code, tables, badges and half sentences are taken away.

export interface Sentence {
  readonly text: string;
  /** True when it speaks of what the sentence before it said (`This …`, `It …`), and means nothing alone. */
  readonly leansOnPrevious: boolean;
}

/** The sentences of a Markdown text that a person can read without the rest of it, in order. */
export function toSentences(markdown: string): Sentence[] {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return toParagraphs(markdown).flatMap((paragraph) => {
    let previousKept = false;
    const kept: Sentence[] = [];
    for (const { segment } of segmenter.segment(paragraph)) {
      const text = toCondensed(segment.trim());
      const leansOnPrevious = /^(?:it|its|this|that|these|those|they|he|she|such|both|here|there)\b/i.test(
        text,
      );
      previousKept = isReadable(text) && (previousKept || !leansOnPrevious);
      if (previousKept) kept.push({ text, leansOnPrevious });
    }
    return kept;
  });
}

/** The first code block short enough to be shown in a text, with its fences. */
export function findShortExample(markdown: string): string | undefined {
  const blocks = markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)\n```$/gm);
  for (const [, language, code] of blocks) {
    if (/^(?:sh|bash|shell|console|text|)$/.test(language!) || /```|__[A-Z]/.test(code!)) continue;
    if (code!.length <= 420 && code!.split("\n").length <= 12) return `\`\`\`${language}\n${code}\n\`\`\``;
  }
  return undefined;
}

function toParagraphs(markdown: string): string[] {
  return markdown
    .replaceAll(/^[ \t]*(`{3,}|~{3,})[\s\S]*?^[ \t]*\1[ \t]*$/gm, "\n\n")
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, "")
    .replaceAll(/^\s*(?:\|.*|\[[^\]]+\]:.*|import .*|export .*|#+ .*|[-=*_]{3,}\s*)$/gm, "\n")
    .replaceAll(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replaceAll(/<\/?[a-zA-Z][^>\n]*>/g, "")
    .replaceAll(/:[a-z0-9_+-]+:/g, "")
    .replaceAll(/^\s*>\s?/gm, "")
    .replaceAll(/^\s*(?:[-*+]|\d+[.)])\s+/gm, "\n\n")
    .replaceAll(/(\*\*|__)(.+?)\1/g, "$2")
    .replaceAll(/(?<![\w`*])[*_](?=\S)([^*_`\n]+)[*_](?![\w`*])/g, "$1")
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, " ").trim())
    .filter(Boolean);
}

/** Without the words that only tie a sentence to others, and without asides. */
function toCondensed(sentence: string): string {
  const condensed = sentence
    .replace(
      /^(?:however|also|additionally|note(?: that|:)|please note(?: that|:)|moreover|furthermore|in addition|basically|instead|or|for example|therefore|thus|so|but|and|then|finally|similarly)[,:]?\s+/i,
      "",
    )
    .replaceAll(/\s\((?![^)]*`)[^()]{1,90}\)/g, "");
  return condensed.charAt(0).toUpperCase() + condensed.slice(1);
}

const namesAnotherPlace =
  /https?:|\b(?:below|above|following|click|readme|todo|here|sponsor|pull request|changelog|as you can see|this (?:guide|section|page|document|chapter|example)|see (?:also|the|our)|check out|refer to|learn more|let['’]s|i['’]m|npm install|badge|deprecated)\b|\bI\b|©|→|[{}<>]|:$|\.\.\.$|\p{Extended_Pictographic}/iu;

function isReadable(sentence: string): boolean {
  if (sentence.length < 45 || sentence.length > 300) return false;
  if (!/^[\p{Lu}`]/u.test(sentence) || !/[.!]$/.test(sentence)) return false;
  if (sentence.split(" ").length < 7 || namesAnotherPlace.test(sentence)) return false;
  const withoutCode = sentence.replaceAll(/`[^`]*`/g, "");
  return !/[`|\\]/.test(withoutCode) && isBalanced(withoutCode) && /\p{L}{3,}.*\p{L}{3,}/u.test(withoutCode);
}

function isBalanced(text: string): boolean {
  const count = (character: string) => text.split(character).length - 1;
  return count("(") === count(")") && count("[") === count("]") && count('"') % 2 === 0;
}
