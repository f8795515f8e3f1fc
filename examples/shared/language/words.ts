const stopWords = new Set(
  (
    "a about above after again all also am an and any are as at be because been before being below between both but by " +
    "can could did do does doing down during each few for from further had has have having he her here hers him his how " +
    "i if in into is it its itself just me more most my no nor not now of off on once only or other our ours out over own " +
    "same she should so some such than that the their theirs them then there these they this those through to too under " +
    "until up very was we were what when where which while who whom why will with would you your yours us via using use"
  ).split(" "),
);

/** Words that say nothing about what a text is about. */
export function isStopWord(word: string): boolean {
  return stopWords.has(word.toLowerCase());
}

/** The part of an English word that its forms share, roughly: `patterns` and `pattern` are one. */
export function toStem(word: string): string {
  const lower = word.toLowerCase();
  if (lower.length > 5 && lower.endsWith("ing")) return lower.slice(0, -3).replace(/(.)\1$/, "$1");
  if (lower.length > 4 && lower.endsWith("ies")) return `${lower.slice(0, -3)}y`;
  if (lower.length > 4 && lower.endsWith("ed")) return lower.slice(0, -2).replace(/([^l])\1$/, "$1");
  if (lower.length > 4 && /(?:ch|sh|x|s)es$/.test(lower)) return lower.slice(0, -2);
  if (lower.length > 3 && /[^su]s$/.test(lower)) return lower.slice(0, -1);
  return lower;
}

/** The stems of the words a text is about. */
export function toKeywords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? [];
  return words.filter((word) => word.length > 1 && !isStopWord(word)).map(toStem);
}
