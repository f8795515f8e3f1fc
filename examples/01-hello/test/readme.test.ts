/** What the README's first screen says is what happens. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const PROGRAM = new URL("../src/main.tsx", import.meta.url);
const readme = readFileSync(new URL("README.md", ROOT), "utf8");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alder-hello-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the README's first program is the example, whole, and at most 15 lines", () => {
  const program = readFileSync(PROGRAM, "utf8").trim();
  expect(codeBlocks(readme, "tsx")[0]).toBe(program);
  expect(program.split("\n").length).toBeLessThanOrEqual(15);
});

test("killed in the middle and started again, it goes on where it was, as the README shows", async () => {
  const shown = (codeBlocks(readme, "console")[0] ?? "")
    .split("\n")
    .filter((line) => !line.startsWith("$") && line !== "Killed");
  const first = await runHello((output) => output.includes("\n"));
  const second = await runHello();
  expect(second.code).toBe(0);
  expect((first.output + second.output).trim().split("\n")).toEqual(shown);
}, 60_000);

/** Runs the example in an empty folder, and kills it as soon as its output says so. */
async function runHello(killWhen?: (output: string) => boolean): Promise<{ output: string; code: number | null }> {
  const loader = new URL("node_modules/tsx/dist/esm/index.mjs", ROOT).href;
  const child = spawn(process.execPath, ["--conditions=alder-source", "--import", loader, PROGRAM.pathname], {
    cwd: folder,
    env: { ...process.env, TSX_TSCONFIG_PATH: new URL("tsconfig.json", ROOT).pathname },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (killWhen?.(output)) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { output, code };
}

function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```/gms)]
    .filter(([, name]) => name === language)
    .map(([, , code]) => (code ?? "").trim());
}
