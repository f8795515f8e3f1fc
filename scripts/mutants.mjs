/**
 * `npm run mutants`: breaks one mechanism after the other in copies of the sources, in a temporary folder, and runs the
 * tests that must notice. `npm run mutants -- E3` takes the mutants of one rule.
 */
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./mutants/list.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const rules = process.argv.slice(2);
const chosen = MUTANTS.filter(({ rule }) => rules.length === 0 || rules.includes(rule));
const PARALLEL = 2;
const LONGEST_MS = 300_000;
const startedAt = Date.now();

const temporary = await mkdtemp(join(tmpdir(), "alder-mutants-"));
try {
  const copies = await Promise.all(
    Array.from({ length: PARALLEL }, (_, index) => copyTo(join(temporary, `${index}`))),
  );
  const untouched = await run(copies[0] ?? root, [...new Set(chosen.flatMap(({ tests }) => tests))]);
  if (!untouched.passed) {
    console.error(`the tests fail without a mutant:\n${untouched.output}`);
    process.exitCode = 1;
  } else await killAll(copies);
} finally {
  await rm(temporary, { recursive: true, force: true });
}

async function killAll(/** @type {string[]} */ copies) {
  const waiting = chosen.entries();
  /** @type {string[]} */
  const lines = [];
  let survived = 0;
  await Promise.all(
    copies.map(async (copy) => {
      for (const [index, mutant] of waiting) {
        const verdict = await kill(copy, mutant);
        if (!verdict.startsWith("killed")) survived++;
        lines[index] =
          `${mutant.rule.padEnd(4)} ${verdict.padEnd(40)} ${mutant.file.padEnd(28)} ${mutant.why}`;
        console.log(lines[index]);
      }
    }),
  );
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`${chosen.length} mutants, ${survived} survived, ${seconds} s`);
  process.exitCode = survived === 0 ? 0 : 1;
}

/** Runs the tests one file after the other until one fails. */
async function kill(
  /** @type {string} */ copy,
  /** @type {import("./mutants/list.mjs").Mutant} */ { file, find, replace, tests },
) {
  const path = join(copy, "packages/core/src", file);
  const source = await readFile(path, "utf8");
  if (source.split(find).length !== 2) return "DOES NOT APPLY";
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
  try {
    for (const test of tests) {
      const { passed, timedOut } = await run(copy, [test]);
      if (!passed) return `killed by ${test.split("/").at(-1)}${timedOut ? " (hangs)" : ""}`;
    }
    return "SURVIVED";
  } finally {
    await writeFile(path, source);
  }
}

/** @returns {Promise<{ passed: boolean; timedOut: boolean; output: string }>} */
function run(/** @type {string} */ copy, /** @type {readonly string[]} */ tests) {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const files = tests.map((test) => join("packages/core/test", test));
  const child = spawn(process.execPath, [vitest, "run", "--project", "core", "--bail", "1", ...files], {
    cwd: copy,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  let timedOut = false;
  const limit = setTimeout(
    () => {
      timedOut = true;
      // A worker that spins does not hear of anything else.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    },
    tests.length > 3 ? 5 * LONGEST_MS : LONGEST_MS,
  );
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve({ passed: code === 0, timedOut, output });
    });
  });
}

/** The sources, with the dependencies that are installed; packages of this repository are those of the copy. */
async function copyTo(/** @type {string} */ copy) {
  await mkdir(join(copy, "node_modules/@alder"), { recursive: true });
  const isSource = (/** @type {string} */ path) => !/(^|\/)(node_modules|dist|\.git)$/.test(path);
  for (const name of [
    "packages",
    // Where tests find Redis.
    "scripts",
    "vitest.config.ts",
    "tsconfig.base.json",
    "tsconfig.json",
    "package.json",
  ]) {
    await cp(join(root, name), join(copy, name), { recursive: true, filter: isSource });
  }
  const installed = join(root, "node_modules");
  for (const name of await readdir(installed)) {
    if (name !== "@alder") await symlink(join(installed, name), join(copy, "node_modules", name));
  }
  for (const name of await readdir(join(copy, "packages"))) {
    if (name === "LICENSE") continue;
    const { name: published } = JSON.parse(
      await readFile(join(copy, "packages", name, "package.json"), "utf8"),
    );
    await symlink(join(copy, "packages", name), join(copy, "node_modules", published));
  }
  return copy;
}
