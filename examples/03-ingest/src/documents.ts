// The documents of a customer: the readmes and changelogs of a folder.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NonRetryableError } from "@alder/core";
import { glob } from "tinyglobby";
import { fromWhereTyped } from "../../shared/start/typed-path.ts";
import type { Document } from "./schemas.ts";

/** The documents of the installed dependencies: some hundred, by as many authors. */
const installedDependencies = fileURLToPath(new URL("../../../node_modules", import.meta.url));

const patterns = [
  "**/{readme,changelog,changes,history}",
  "**/{readme,changelog,changes,history}.{md,markdown,txt}",
];
/** What is read is bounded, whatever folder somebody names. */
const maxDocuments = 2_000;
const maxBytes = 256 * 1024;

/** Found by their names, told apart by their content, of which each is there once. Throws where there are none. */
export async function findDocuments(folder: string | undefined, signal: AbortSignal): Promise<Document[]> {
  const root = toRoot(folder);
  const info = await stat(root).catch(() => undefined);
  if (!info?.isDirectory())
    throw new NonRetryableError(`${root} is not a folder: name one with documents in it`);
  // Packages of a workspace are linked into node_modules: following the links would never end.
  const options = { caseSensitiveMatch: false, followSymbolicLinks: false, expandDirectories: false };
  const paths = (await glob(patterns, { cwd: root, signal, ...options }))
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
  const documents = new Map<string, Document>();
  for (const path of paths) {
    signal.throwIfAborted();
    if (documents.size === maxDocuments) break;
    const content = await readFile(join(root, path));
    if (content.length === 0 || content.length > maxBytes) continue;
    const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
    if (!documents.has(digest)) documents.set(digest, { path, digest });
  }
  if (documents.size > 0) return [...documents.values()];
  throw new NonRetryableError(`There is no readme and no changelog below ${root}: name another folder`);
}

export async function readDocument(folder: string | undefined, path: string): Promise<string> {
  return (await readFile(join(toRoot(folder), path), "utf8")).replaceAll("\r\n", "\n");
}

function toRoot(folder: string | undefined): string {
  return folder === undefined ? installedDependencies : fromWhereTyped(folder);
}
