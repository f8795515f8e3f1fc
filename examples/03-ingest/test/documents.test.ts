import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findDocuments, readDocument } from "../src/documents.ts";

const { signal } = new AbortController();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-documents-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("readmes and changelogs are found at any depth, in the order of their paths, and nothing else", async () => {
  await write({
    "README.md": "root",
    "b/CHANGELOG.md": "b",
    "a/deep/readme": "a",
    "a/history/readme.ts": "code",
    "a/HISTORY.markdown": "history",
    "a/readme-for-authors.md": "other",
  });
  const documents = await findDocuments(folder, signal);
  expect(documents.map(({ path }) => path)).toEqual([
    "README.md",
    "a/HISTORY.markdown",
    "a/deep/readme",
    "b/CHANGELOG.md",
  ]);
  expect(await readDocument(folder, "b/CHANGELOG.md")).toBe("b");
});

test("the same text is one document, and a changed text another", async () => {
  await write({ "a/README.md": "same", "b/README.md": "same", "c/README.md": "" });
  const [first, ...more] = await findDocuments(folder, signal);
  expect(first?.path).toBe("a/README.md");
  expect(more).toEqual([]);
  await write({ "a/README.md": "other" });
  const [changed] = await findDocuments(folder, signal);
  expect(changed?.path).toBe("a/README.md");
  expect(changed?.digest).not.toBe(first?.digest);
});

test("a folder that is none, or has nothing to read, is told by name, and not tried again", async () => {
  const none = expect.objectContaining({ code: "non_retryable" });
  await expect(findDocuments(folder, signal)).rejects.toThrow(`no readme and no changelog below ${folder}`);
  await expect(findDocuments(folder, signal)).rejects.toEqual(none);
  await expect(findDocuments(join(folder, "missing"), signal)).rejects.toThrow("missing is not a folder");
});

test("hundreds of documents are in the installed dependencies", async () => {
  const documents = await findDocuments(undefined, signal);
  expect(documents.length).toBeGreaterThan(300);
  expect(await readDocument(undefined, documents[0]!.path)).not.toBe("");
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
