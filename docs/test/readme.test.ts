/** What the README says beside its programs: the example, whole; what to install; what its workflow gives. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createStoreClient } from "@alder/core/client";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker } from "@alder/core/worker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPage, ROOT } from "./pages.ts";

// Inside the repository, so that the packages are found.
const FOLDER = join(ROOT, "docs/test/.readme");

const [program = "", article = ""] = codeBlocks("tsx");
const [settings = ""] = codeBlocks("json");
/** No package is built for the tests. */
const fromSources = { customConditions: ["alder-source"] };

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "article.tsx"), article);

  mkdirSync(join(FOLDER, "own"));
  writeFileSync(join(FOLDER, "own/main.tsx"), program);
  writeFileSync(join(FOLDER, "own/bare.tsx"), program.replaceAll(/^\/\*\* @jsx.*\n/gm, ""));
  // As a reader has them: side by side, under the one tsconfig.
  for (const { markers, code } of readPage("README.md").blocks) {
    const name = markers.find((marker) => /^(article|page)\.tsx$/.test(marker));
    if (name !== undefined) writeFileSync(join(FOLDER, "own", name), code);
  }
  const { compilerOptions } = JSON.parse(settings) as { compilerOptions: object };
  const own = { compilerOptions: { ...compilerOptions, ...fromSources }, include: ["*.tsx"] };
  writeFileSync(join(FOLDER, "own/tsconfig.json"), JSON.stringify(own));
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test("the first program is the example, whole, and at most 15 lines", () => {
  expect(program).toBe(readFileSync(join(ROOT, "examples/01-hello/src/main.tsx"), "utf8").trim());
  expect(program.split("\n").length).toBeLessThanOrEqual(15);
});

// What a kill does to it is in hello.test.ts.
test("the terminal output shown is that of the program, each line once", () => {
  const shown = (codeBlocks("console")[0] ?? "").split("\n").filter((line) => line.startsWith("Hello"));
  const names = [...(/names: (\[".*\])/.exec(program)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(1);
  expect(shown).toEqual(names.map((name) => `Hello, ${name}!`));
});

// That it runs where there is no tsconfig is in hello.test.ts.
test("with the tsconfig shown all programs compile, the first without its comments, too", async () => {
  expect(existsSync(join(FOLDER, "own/page.tsx"))).toBe(true);
  expect(readFileSync(join(FOLDER, "own/bare.tsx"), "utf8")).toMatch(/^import /);
  await expect(check(join(FOLDER, "own"))).resolves.toBeDefined();
});

test("what is to be installed is what the programs import, and the React that core works with", () => {
  const install = /^npm install (@alder.*)$/m.exec(codeBlocks("bash").join("\n"))?.[1]?.split(" ") ?? [];
  const imported = [...`${program}\n${article}`.matchAll(/from "((?:@\w+\/)?\w+)[/\w]*"/g)].map(
    ([, name]) => name,
  );
  expect(imported).toContain("@alder/core");
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "examples/01-hello/package.json"), "utf8")) as {
    dependencies: { react: string };
  };
  const [react] = /\d+\.\d+/.exec(dependencies.react) ?? [];
  expect(new Set(install)).toEqual(new Set([...imported, `react@${react}`]));
});

test("the workflow runs", async () => {
  const { Article } = (await import(pathToFileURL(join(FOLDER, "article.tsx")).href)) as { Article: object };
  const store = createMemoryStore();
  const worker = createWorker({ store, workflows: [Article] });
  await worker.start();
  const client = createStoreClient(store);
  const { run } = await client.start("article", { topic: "alders" });
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "completed", message: "Writing 2 sections" });
  expect(view.output).toBe("What alders are \nWhere alders grow ");
  await worker.stop();
});

async function check(folder: string): Promise<unknown> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  return await promisify(execFile)(process.execPath, [tsc, "--noEmit", "-p", folder]).catch(
    (error: { stdout: string }) => Promise.reject(new Error(error.stdout)),
  );
}

function codeBlocks(language: string): string[] {
  const blocks = readPage("README.md").blocks.filter((block) => block.language === language);
  return blocks.map(({ code }) => code.trim());
}
