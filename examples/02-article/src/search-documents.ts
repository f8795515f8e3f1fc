// Finds the passages of a folder's Markdown files that are about a topic.
import { readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import MiniSearch from "minisearch";
import { glob } from "tinyglobby";
import { parseMarkdownDocument, type MarkdownDocument } from "./markdown-document.ts";
import type { Passage, Source } from "./passage.ts";
import { fromWhereTyped } from "../../shared/start/typed-path.ts";
import { isStopWord, toKeywords, toStem } from "../../shared/language/words.ts";

export interface SearchOptions {
  readonly topic: string;
  /** From where the command was typed. Default: the installed dependencies of this repository. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface SearchResult {
  readonly searched: number;
  readonly sources: Source[];
  readonly passages: Passage[];
}

/** What is read and returned is bounded, whatever folder somebody asks for. */
const limits = { files: 3_000, fileBytes: 128 * 1024, sources: 7, passagesPerSource: 4, passages: 18 };
/** A passage that scores below this share of the best one is about something else. */
const minRelativeScore = 0.3;

const minTextLength = 120;
const aboutThePackage =
  /^(?:licen[sc]e|install(?:ation|ing)?|contribut|sponsor|credits|related|security|support|code of conduct|types$)/i;

const installedDependencies = fileURLToPath(new URL("../../../node_modules", import.meta.url));

export async function searchDocuments({ topic, folder, signal }: SearchOptions): Promise<SearchResult> {
  const root = folder === undefined ? installedDependencies : fromWhereTyped(folder);
  const documents = await readDocuments(root, signal);
  const found = await rankPassages(documents, topic, signal);
  const sources: Source[] = [];
  const passages: Passage[] = [];
  for (const { document, heading, text } of found) {
    if (passages.length === limits.passages) break;
    let source = sources.find(({ path }) => path === document.path);
    if (!source) {
      if (sources.length === limits.sources) continue;
      source = { number: sources.length + 1, document: document.name, path: document.path };
      sources.push(source);
    }
    const { number } = source;
    if (passages.filter((passage) => passage.source === number).length < limits.passagesPerSource) {
      passages.push({ source: number, document: document.name, heading, text });
    }
  }
  return { searched: documents.length, sources, passages };
}

async function readDocuments(root: string, signal: AbortSignal | undefined): Promise<MarkdownDocument[]> {
  const folder = await stat(root).catch(() => undefined);
  if (!folder?.isDirectory())
    throw new Error(`${root} is not a folder: name one that has Markdown files in it`);
  const paths = await glob("**/*.{md,mdx}", {
    cwd: root,
    absolute: true,
    caseSensitiveMatch: false,
    // Workspace packages are linked into node_modules: following the links would never end.
    followSymbolicLinks: false,
    ignore: ["**/{changelog,history,license,licence,security,code_of_conduct,thirdpartynotices}*"],
    ...(signal && { signal }),
  });
  // Shallow first: of two copies of a document the outer one is read.
  paths.sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
  const documents = new Map<string, MarkdownDocument>();
  for (const path of paths.slice(0, limits.files)) {
    signal?.throwIfAborted();
    if ((await stat(path)).size > limits.fileBytes) continue;
    const markdown = await readFile(path, "utf8");
    const document = parseMarkdownDocument(relative(root, path).replaceAll("\\", "/"), markdown);
    if (!documents.has(document.name)) documents.set(document.name, document);
  }
  return [...documents.values()];
}

interface FoundPassage {
  readonly document: MarkdownDocument;
  readonly heading: string;
  readonly text: string;
}

/** The passages about the topic, best first. */
async function rankPassages(
  documents: readonly MarkdownDocument[],
  topic: string,
  signal: AbortSignal | undefined,
): Promise<FoundPassage[]> {
  const passages = documents.flatMap((document) =>
    document.passages
      .filter(({ heading, text }) => text.length >= minTextLength && !aboutThePackage.test(heading))
      .map((passage) => ({ document, ...passage })),
  );
  const index = new MiniSearch<{ id: number; name: string; heading: string; text: string }>({
    fields: ["name", "heading", "text"],
    processTerm: (term) => (isStopWord(term) ? null : toStem(term)),
  });
  const entries = passages.map(({ document, heading, text }, id) => ({
    id,
    name: document.name,
    heading,
    text,
  }));
  // In chunks: a worker whose event loop stands still for long loses its runs.
  await index.addAllAsync(entries, { chunkSize: 100 });
  signal?.throwIfAborted();
  const results = index.search(topic, {
    boost: { heading: 2.5, name: 1.5 },
    prefix: (term) => term.length > 4,
  });
  const wordCount = new Set(toKeywords(topic)).size;
  // Who says one word of the topic ten times is about something else than who says all of them once.
  const scored = results
    .map(({ id, score, queryTerms }) => ({
      passage: passages[Number(id)]!,
      score: score * Math.min(1, queryTerms.length / wordCount) ** 2,
    }))
    .toSorted((a, b) => b.score - a.score);
  const best = scored[0]?.score ?? 0;
  return scored.filter(({ score }) => score >= best * minRelativeScore).map(({ passage }) => passage);
}

function depthOf(path: string): number {
  return join(path).split(/[\\/]/).length;
}
