/**
 * The programs in a page. A code block with a file name, with a JSX comment on top, or that imports again what was imported
 * above, begins a program; the blocks after it go on with it. A block marked `check` is for the compiler only: a page for a
 * browser, a server that goes on for ever. A `text` block marked `prints` is what the program prints, one marked `throws`
 * what it fails with.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Block, type Page, readPages, ROOT } from "./pages.ts";

interface Module {
  readonly page: string;
  readonly line: number;
  /** From the folder of the modules. */
  readonly file: string;
  readonly code: string;
  /** Without what is for the compiler only; undefined where that is all. */
  readonly program: string | undefined;
  /** It has tests of its own. */
  readonly isTest: boolean;
  readonly prints: string | undefined;
  readonly throws: string | undefined;
}

interface Draft {
  readonly name: string;
  readonly blocks: Block[];
  readonly outputs: Block[];
}

function toModules(page: Page): readonly Module[] {
  const drafts: Draft[] = [];
  for (const block of page.blocks) {
    if (block.language === "ts" || block.language === "tsx") addCode(drafts, block);
    else if (block.markers.some((marker) => marker === "prints" || marker === "throws"))
      drafts.at(-1)?.outputs.push(block);
  }
  const folder = page.path.replace(/\.md$/, "");
  return drafts.map((draft) => toModule(draft, page, folder));
}

interface WrittenModules {
  readonly folder: string;
  readonly modules: readonly Module[];
  load(module: Module): Promise<unknown>;
  remove(): void;
}

/** All code, or all programs, as files; inside the repository, so that the packages are found. */
export function writeModules(name: string, what: "code" | "program"): WrittenModules {
  const folder = join(ROOT, "docs/test/.blocks", name);
  const modules = readPages().flatMap((page) => toModules(page));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  remove();
  for (const module of modules) {
    const file = join(folder, module.file);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, module[what] ?? "");
  }
  const load = ({ file }: Module): Promise<unknown> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href) as Promise<unknown>;
  return { folder, modules, load, remove };
}

function addCode(drafts: Draft[], block: Block): void {
  const name = block.markers.find((marker) => /\.tsx?$/.test(marker));
  const above = new Set(drafts.at(-1)?.blocks.flatMap((each) => imports(each)));
  const isAgain = imports(block).some((line) => above.has(line));
  const isFirst = drafts.length === 0 || name !== undefined || isAgain || block.code.startsWith("/** @jsx");
  if (!isFirst) drafts.at(-1)?.blocks.push(block);
  else drafts.push({ name: name ?? `block-${block.line}.tsx`, blocks: [block], outputs: [] });
}

function imports({ code }: Block): readonly string[] {
  return code.split("\n").filter((line) => line.startsWith("import "));
}

function toModule({ name, blocks, outputs }: Draft, page: Page, folder: string): Module {
  const isBrowser = blocks.some(({ code }) => code.includes('"@alder/react-client"'));
  const executed = isBrowser ? [] : blocks.filter(({ markers }) => !markers.includes("check"));
  const toCode = (parts: readonly Block[]): string => withJsx(parts.map(({ code }) => code).join("\n"));
  const shown = (marker: string): string | undefined => {
    const texts = outputs.filter(({ markers }) => markers.includes(marker)).map(({ code }) => code);
    return texts.length === 0 ? undefined : texts.join("").trim();
  };
  return {
    page: page.path,
    line: blocks[0]?.line ?? 1,
    file: `${folder}/${name}`,
    code: toCode(blocks),
    program: executed.length === 0 ? undefined : toCode(executed),
    isTest: executed.some(({ code }) => code.includes('from "vitest"')),
    prints: shown("prints"),
    throws: shown("throws"),
  };
}

/** What the reader's tsconfig says for all files; a page for a browser says otherwise itself. */
function withJsx(code: string): string {
  const isModule = /^(import|export) /m.test(code) ? "" : "\nexport {};\n";
  return code.startsWith("/** @jsx") ? code : `/** @jsxImportSource @alder/core */\n${code}${isModule}`;
}
