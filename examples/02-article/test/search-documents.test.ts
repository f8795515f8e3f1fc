import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { searchDocuments } from "../src/search-documents.ts";

const filler =
  "This text is long enough to say something about the thing that it is about, and it says so twice over.";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-documents-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("finds the passages about a topic, numbered by source", async () => {
  await write(
    "herons/README.md",
    `# herons\n\n## Feeding\n\nHerons strike at fish with a sharp bill. ${filler}`,
  );
  await write("alders/README.md", `# alders\n\n## Roots\n\nAlder roots fix nitrogen for the tree. ${filler}`);
  await write(
    "alders/docs/wood.mdx",
    `---\ntitle: "Wood"\n---\n\n# Piles\n\nAlder wood lasts under water. ${filler}`,
  );
  const { sources, passages, searched } = await searchDocuments({ topic: "alder roots", folder });
  expect(searched).toBe(3);
  expect(sources[0]).toEqual({ number: 1, document: "alders", path: "alders/README.md" });
  expect(passages[0]).toMatchObject({ source: 1, document: "alders", heading: "Roots" });
  expect(passages.some(({ document }) => document === "herons")).toBe(false);
});

test("forms of a word are one word", async () => {
  await write("a/README.md", `# a\n\nThe patterns are matched against the names of files. ${filler}`);
  expect((await searchDocuments({ topic: "matching a pattern", folder })).passages).toHaveLength(1);
});

test("a `#` in a code block is no heading", async () => {
  await write(
    "a/README.md",
    `# a\n\n## Shell\n\nInstall the alder like this: ${filler}\n\n\`\`\`sh\n# not a heading\nnpm i\n\`\`\``,
  );
  const { passages } = await searchDocuments({ topic: "alder", folder });
  expect(passages).toMatchObject([{ heading: "Shell", text: expect.stringContaining("# not a heading") }]);
});

test("reads each document once, and follows no link", async () => {
  const text = `# alder\n\nThe alder is a tree that grows beside streams. ${filler}`;
  await write("alder/README.md", text);
  await write("birch/node_modules/alder/README.md", text);
  await symlink(folder, join(folder, "loop"));
  expect((await searchDocuments({ topic: "alder", folder })).searched).toBe(1);
});

test("leaves out huge files, licences and change logs", async () => {
  await write("a/LICENSE.md", `# a\n\nThe alder licence. ${filler}`);
  await write("a/CHANGELOG.md", `# a\n\nAlder was changed. ${filler}`);
  await write("a/huge.md", `# a\n\nAlder. ${filler.repeat(2_000)}`);
  expect((await searchDocuments({ topic: "alder", folder })).passages).toEqual([]);
});

test("says which folder is none", async () => {
  await expect(searchDocuments({ topic: "alder", folder: join(folder, "gone") })).rejects.toThrow(
    `${join(folder, "gone")} is not a folder`,
  );
});

test("a relative folder is one of where the command was typed", async () => {
  vi.stubEnv("INIT_CWD", folder);
  await write("notes/a.md", `# a\n\nThe alder is a tree that grows beside streams. ${filler}`);
  expect((await searchDocuments({ topic: "alder", folder: "notes" })).searched).toBe(1);
});

test("the installed dependencies have something to say", async () => {
  const { passages, sources } = await searchDocuments({ topic: "streaming text from a language model" });
  expect(passages.length).toBeGreaterThan(8);
  expect(sources.length).toBeGreaterThan(2);
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
