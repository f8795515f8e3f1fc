// Where the programs are that the tests start. Imported by setup, too: Node's own modules only.
import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const macApps = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium-based browser, or undefined. CHROMIUM_PATH wins. */
export function findChromium() {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) return isExecutable(CHROMIUM_PATH) ? CHROMIUM_PATH : undefined;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const path = findProgram(name);
    if (path) return path;
  }
  return process.platform === "darwin" ? macApps.find(isExecutable) : undefined;
}

/** The path of a Redis server of version 7 or newer, or undefined. */
export function findRedis() {
  const path = findProgram("redis-server");
  if (path === undefined) return undefined;
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  // Redis says `v=7.0.15`; Valkey, which may stand under this name, its own version, all of which are newer.
  return Number(/v=(\d+)\./.exec(stdout ?? "")?.[1]) >= 7 ? path : undefined;
}

/**
 * The path of a program on PATH, or undefined.
 * @param {string} name
 */
export function findProgram(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
