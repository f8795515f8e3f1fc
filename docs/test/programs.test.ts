/** Every program in the documentation runs, and prints or throws what the page says beside it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeModules } from "./modules.ts";
import { toPattern } from "./pattern.ts";

const { modules, load, remove } = writeModules("programs", "program");
const programs = modules.filter(({ program, isTest }) => program !== undefined && !isTest);
const home = process.cwd();
let folder: string;
afterAll(remove);

// What a program keeps, it keeps in the folder it is started in.
beforeEach(() => process.chdir((folder = mkdtempSync(join(tmpdir(), "alder-docs-")))));
afterEach(() => {
  vi.restoreAllMocks();
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

test("what a page says of a program is said of one that runs", () => {
  const said = modules.filter(({ prints, throws }) => prints !== undefined || throws !== undefined);
  expect(said.length).toBeGreaterThan(50);
  expect(said.filter((module) => !programs.includes(module))).toEqual([]);
});

test.each(programs.map((program) => [`${program.page}:${program.line}`, program] as const))(
  "%s",
  async (_title, program) => {
    const printed: string[] = [];
    const print = (...values: unknown[]): void => void printed.push(format(...values));
    vi.spyOn(console, "log").mockImplementation(print);
    const thrown = await load(program).then(() => "nothing was thrown", describeError);
    expect(thrown).toMatch(toPattern(program.throws ?? "nothing was thrown"));
    expect(printed.join("\n")).toMatch(toPattern(program.prints ?? "…"));
  },
);

function describeError(error: unknown): string {
  const { code, message } = error as { code?: string | null; message: string };
  return typeof code === "string" ? `${code}: ${message}` : message;
}
