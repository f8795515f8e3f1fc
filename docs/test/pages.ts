/** The pages of the documentation, and the code blocks in them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Block {
  readonly language: string;
  /** What stands after the language: a file name, `check`, `prints`, `throws`. */
  readonly markers: readonly string[];
  readonly code: string;
  readonly line: number;
}

export interface Page {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Every page that a person reads to use Alder. */
export function readPages(): readonly Page[] {
  const readmes = ["packages", "examples"].flatMap((folder) => markdownFiles(folder));
  return ["README.md", ...markdownFiles("docs"), ...readmes].map((path) => readPage(path));
}

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, blocks: parseBlocks(text) };
}

function markdownFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && !name.startsWith("."))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return markdownFiles(path);
      return path.endsWith(".md") ? [path] : [];
    })
    .toSorted();
}

function parseBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(/^```(\w+)([^\n]*)\n(.*?)^```$/gms)) {
    const [, language = "", markers = "", code = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    blocks.push({ language, markers: markers.split(" ").filter(Boolean), code, line });
  }
  return blocks;
}
