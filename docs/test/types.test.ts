/** Every program in the documentation compiles. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { writeModules } from "./modules.ts";
import { ROOT } from "./pages.ts";

const { folder, remove } = writeModules("types", "code");
afterAll(remove);

test("all compile", { timeout: 180_000 }, async () => {
  const options = {
    extends: "../../../../tsconfig.json",
    include: ["**/*.ts", "**/*.tsx"],
    exclude: [],
    references: [],
  };
  const compilerOptions = { incremental: false };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...options, compilerOptions }));
  expect(await compile()).toBe("");
});

/** What the compiler says, with the files of the pages. */
async function compile(): Promise<string> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const compiler = promisify(execFile)(process.execPath, [tsc, "--noEmit", "-p", folder]);
  const { stdout } = await compiler.catch((error: { stdout: string }) => error);
  return stdout;
}
