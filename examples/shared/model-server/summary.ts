// Documents made short, and short texts made one: what is said is picked from what was given, never made up.
import { toSentences } from "../language/sentences.ts";
import { toKeywords } from "../language/words.ts";
import type { Prompt, PromptText } from "./prompt.ts";

const summaryWords = 45;
const mergeWords = 90;
const themeCount = 5;
const statementsPerTheme = 3;
/** What every document speaks of. */
const commonStems = new Set(
  toKeywords(
    "change version record newest says package module install document support allow provide make work need help like two " +
      "code function value name example return given create used user default update require option file javascript node " +
      "nothing quote character type project library javascript typescript list simple release https first without",
  ),
);

/** What a document is: what it is called, its first sentences, and of a changelog the newest version. */
export function summarise({ documents }: Prompt): string {
  const [document] = documents;
  if (!document) return "There is no document in this prompt.";
  const { name, text } = document;
  const said = isChangelog(name, text) ? describeChanges(text) : describe(text) || describeLines(text);
  return `${toSubject(name, text)}: ${said || `nothing that could be quoted, in ${text.length} characters.`}`;
}

/** The sentences that say what most of the texts say, in their order. */
export function merge({ summaries }: Prompt): string {
  return pickCentral(summaries, mergeWords)
    .map(({ text }) => text)
    .join("\n");
}

/** Under the words that most of the texts have in common, what they say with them. */
export function writeProfile({ summaries }: Prompt): string {
  const statements = toStatements(summaries);
  const themes = findThemes(statements);
  if (themes.length === 0)
    return pickCentral(summaries, 3 * mergeWords)
      .map(({ text }) => text)
      .join("\n\n");
  const told = new Set<string>();
  const parts = themes.map(({ word, stem }) => {
    const own = statements.filter(({ text, stems }) => stems.has(stem) && !told.has(text));
    const picked = own.slice(0, statementsPerTheme);
    for (const { text } of picked) told.add(text);
    return picked.length > 0
      ? `## ${capitalise(word)}\n\n${picked.map(({ text }) => `- ${text}`).join("\n")}`
      : "";
  });
  const names = new Intl.ListFormat("en").format(themes.map(({ word }) => `*${word}*`));
  return [`What these documents have most in common: ${names}.`, ...parts.filter(Boolean)].join("\n\n");
}

interface Statement {
  readonly text: string;
  readonly source: string;
  readonly order: number;
  readonly stems: ReadonlySet<string>;
}

/** Of a line that says whose words it has, the first sentence; of others, all. */
function toStatements(texts: readonly PromptText[]): Statement[] {
  const statements = new Map<string, Statement>();
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  for (const { name, text } of texts) {
    for (const line of text.replaceAll(/^(?:#+ .*|- )/gm, "").split("\n")) {
      const whole = [...segmenter.segment(line)].map(({ segment }) => segment.trim());
      const sentences = isNamed(line) ? whole.slice(0, 1) : whole;
      for (const sentence of sentences.filter(({ length }) => length >= 25)) {
        if (statements.has(sentence)) continue;
        const stems = new Set(toKeywords(sentence));
        statements.set(sentence, { text: sentence, source: name, order: statements.size, stems });
      }
    }
  }
  return [...statements.values()];
}

/** The statements whose words most others use, too, at first one of each text; as many as fit into `words`. */
function pickCentral(texts: readonly PromptText[], words: number): Statement[] {
  const statements = toStatements(texts);
  const counts = countStems(statements);
  const weigh = ({ stems, text }: Statement) => {
    const own = [...stems].filter((stem) => !commonStems.has(stem));
    const shared = own.reduce((sum, stem) => sum + (counts.get(stem) ?? 0), 0);
    return (
      (shared / (own.length + 5)) *
      (isNamed(text) ? 2 : 1) *
      (/nothing that could be quoted/.test(text) ? 0 : 1)
    );
  };
  const ranked = statements.toSorted((a, b) => weigh(b) - weigh(a) || a.order - b.order);
  const picked = new Map<string, Statement>();
  let left = words;
  for (const statement of ranked) {
    const length = statement.text.split(" ").length;
    if (length > left && picked.size > 0) continue;
    // One of each text is enough while there are others.
    if (!picked.has(statement.source)) {
      picked.set(statement.source, statement);
      left -= length;
    }
  }
  return [...picked.values()].toSorted((a, b) => a.order - b.order);
}

/** `globby: User-friendly glob matching.` tells whose words it has. */
function isNamed(text: string): boolean {
  return /^[@\w./-]+: \S/.test(text);
}

function findThemes(statements: readonly Statement[]): { word: string; stem: string }[] {
  const counts = countStems(statements);
  const words = new Map<string, string>();
  for (const { text } of statements) {
    for (const word of text.toLowerCase().match(/\p{L}{4,}/gu) ?? []) {
      const [stem] = toKeywords(word);
      if (stem !== undefined && !words.has(stem)) words.set(stem, word);
    }
  }
  return [...counts]
    .filter(([stem, count]) => count > 1 && words.has(stem) && !commonStems.has(stem))
    .toSorted(([a, many], [b, others]) => others - many || (a < b ? -1 : 1))
    .slice(0, themeCount)
    .map(([stem]) => ({ stem, word: words.get(stem)! }));
}

function countStems(statements: readonly Statement[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { stems } of statements) for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return counts;
}

/** A readme in a folder is called like the folder; what lies elsewhere by its heading. */
function toSubject(name: string, text: string): string {
  const folder = name.replace(/\/?[^/]*$/, "").replace(/^.*node_modules\//, "");
  return folder || toPlainLine(/^#{1,2}\s+(.+?)\s*#*$/m.exec(text)?.[1] ?? "") || name;
}

/** The first line that is no heading and has some words, where there is no whole sentence. */
function describeLines(text: string): string {
  const lines = text.replaceAll(/^```[\s\S]*?^```/gm, "").split("\n");
  const line = lines.find(
    (one) => !/^\s*(?:#|[|<![`>-])/.test(one) && toPlainLine(one).split(" ").length > 4,
  );
  return line === undefined ? "" : `${toPlainLine(line).replace(/[.:;,]?$/, "")}.`;
}

function describe(text: string): string {
  let left = summaryWords;
  const said: string[] = [];
  for (const { text: sentence, leansOnPrevious } of toSentences(text)) {
    const length = sentence.split(" ").length;
    if (said.length > 0 && (length > left || leansOnPrevious)) continue;
    said.push(sentence);
    left -= length;
    if (left <= 0) break;
  }
  return said.join(" ");
}

function isChangelog(name: string, text: string): boolean {
  return /(?:changelog|changes|history)[^/]*$/i.test(name) && /\d+\.\d+/.test(text);
}

function describeChanges(text: string): string {
  const versions = [...text.matchAll(/^#{1,3}\s+.*?(\d+\.\d+(?:\.\d+)?)[^\n]*$/gm)];
  const [newest, next] = versions;
  if (!newest) return describe(text);
  const body = text.slice(newest.index + newest[0].length, next?.index);
  const changes = [...body.matchAll(/^\s*[-*+]\s+(.+)$/gm)].map(([, change]) => toChange(change!));
  const first = changes.find(
    (change) => change.length > 10 && !/^updated dependencies|^\S+@\d/i.test(change),
  );
  return `the newest of ${versions.length} versions is ${newest[1]}${first ? `, with: ${first}` : ""}.`;
}

/** Without the commit, the author, and what comes after the first sentence. */
function toChange(markdown: string): string {
  return toPlainLine(markdown)
    .replace(/^(?:(?:[\da-f]{6,}|#?\d+|!)[:,]?\s+)+/, "")
    .replace(/^(?:\(?#?\d+\)?\s+)?Thanks @\S+!?\s*-?\s*/, "")
    .replace(/[.;]\s.*$|[.:;]$/, "");
}

function toPlainLine(markdown: string): string {
  return markdown
    .replaceAll(/<[^>]*>|!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, "")
    .replaceAll(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?/g, "$1")
    .replaceAll(/\(?https?:\S+/g, "")
    .replaceAll(/[*_`#=]/g, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 160);
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
