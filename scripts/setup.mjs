// Makes a fresh clone ready: `node scripts/setup.mjs [chromium] [redis]`.
// Runs before `npm ci` has run, so it may import Node's own modules only.
import { existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findChromium, findProgram, findRedis } from "./find-program.mjs";

/** How to get a program the tests need, where we can get it ourselves. */
const programs = {
  chromium: {
    find: findChromium,
    apt: "chromium",
    brew: ["--cask", "chromium"],
    hint: "install Chromium or Chrome, or set CHROMIUM_PATH to its executable",
  },
  redis: {
    find: findRedis,
    apt: "redis-server",
    brew: ["redis"],
    hint: "install redis-server, version 7 or newer",
  },
};

const root = fileURLToPath(new URL("..", import.meta.url));

checkNode();
// With the development dependencies, also where NODE_ENV is "production": everything here runs from sources.
if (!dependenciesInstalled()) run(["npm", "ci", "--include=dev"]);
for (const name of process.argv.slice(2)) ensureProgram(name);

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Alder needs Node 20.19 or newer, this is ${process.version}`);
  }
}

/**
 * npm keeps what it has installed in node_modules/.package-lock.json and writes it last, so an interrupted
 * install counts as none, and an `npm install` by hand is not repeated.
 */
function dependenciesInstalled() {
  const installedFile = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installedFile)) return false;
  const wanted = readPackages(`${root}package-lock.json`);
  const installed = readPackages(installedFile);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      // The other paths are the workspaces themselves. What is optional may be for another platform.
      !path.includes("node_modules/") || optional || installed[path]?.version === version,
  );
}

/** @returns {Record<string, { version?: string, optional?: boolean }>} */
function readPackages(/** @type {string} */ file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

function ensureProgram(/** @type {string} */ name) {
  if (!(name in programs)) fail(`setup knows no program named ${name}`);
  const { find, apt, brew, hint } = programs[/** @type {keyof typeof programs} */ (name)];
  if (find()) return;
  if (name === "chromium" && process.env.CHROMIUM_PATH) fail(`CHROMIUM_PATH names no program: ${hint}`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (findProgram("apt-get") && (sudo.length === 0 || succeeds("sudo", ["-n", "true"]))) {
    console.log(`${name} is missing, installing it for the tests`);
    run([...sudo, "apt-get", "update"]);
    run([...sudo, "apt-get", "install", "-y", apt]);
  } else if (findProgram("brew")) {
    console.log(`${name} is missing, installing it for the tests`);
    run(["brew", "install", ...brew]);
  }
  if (!find()) fail(`${name} is missing and could not be installed: ${hint}`);
}

function succeeds(/** @type {string} */ command, /** @type {string[]} */ args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function run(/** @type {string[]} */ [command = "", ...args]) {
  // npm is a .cmd file on Windows, which only a shell can start.
  const shell = process.platform === "win32";
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell });
  if (status !== 0) fail(`${[command, ...args].join(" ")} failed${error ? `: ${error.message}` : ""}`);
}

/** @returns {never} */
function fail(/** @type {string} */ message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
