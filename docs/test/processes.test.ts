/** Every `alder` command in a block of a page begins, does its work until it is stopped, and ends with 0. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startRedis, type RedisServer } from "../../packages/core/test/store/redis/redis-server.ts";
import { type Page, readPages, ROOT } from "./pages.ts";

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000 });

const MAIN = join(ROOT, "packages/server/src/cli/main.ts");

let folder: string;
let redis: RedisServer;
beforeAll(async () => {
  // Inside the repository, so that the packages are found.
  folder = mkdtempSync(join(ROOT, "docs/test/.processes-"));
  redis = await startRedis();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await redis.stop();
});

/** Of several pages that show the same, the first. */
const commands = new Map<string, Page>();
for (const page of readPages()) {
  const shown = page.blocks.map(({ code }) => code).join("\n");
  for (const command of commandsIn(shown)) if (!commands.has(command)) commands.set(command, page);
}

test("there are some of each", () => {
  for (const name of ["api", "worker", "dev"]) {
    expect([...commands.keys()].filter((command) => command.startsWith(`${name} `)).length).toBeGreaterThan(
      0,
    );
  }
});

test.each([...commands])("alder %s", async (command, page) => {
  writeModules(page);
  const given = command.replace("redis://localhost:6379", redis.url).split(" ");
  // Another program may have the port.
  const port = command.startsWith("worker") ? [] : ["--port", "0"];
  const child = spawn(
    process.execPath,
    ["--conditions=alder-source", "--import", "tsx", MAIN, ...given, ...port],
    {
      cwd: folder,
      env: { ...process.env, REDIS_URL: "" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let printed = "";
  const begun = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        printed += String(text);
        if (/stops it/.test(printed)) resolve();
      });
    }
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  try {
    await Promise.race([begun, ended]);
    child.kill("SIGTERM");
    expect(await ended, `it printed ${printed}`).toEqual([0, null]);
    expect(printed).toMatch(/^(?:Serving|Executing) .*\n[^]*Stopping/m);
  } finally {
    child.kill("SIGKILL");
  }
});

/** The files that the page shows. */
function writeModules(page: Page): void {
  for (const { markers, code } of page.blocks) {
    const [name = ""] = markers;
    if (/^\w+\.tsx$/.test(name)) writeFileSync(join(folder, name), code);
  }
}

/** What stands behind `npx alder` or the path of the command, in shells, units and lists of words alike. */
function* commandsIn(text: string): Generator<string> {
  const words = text.replaceAll(/"node_modules\/\.bin\/alder", (".*")\]/g, (_all, list: string) => {
    return `/alder ${list.replaceAll(/", "/g, " ").slice(1, -1)}\n`;
  });
  for (const [, command = ""] of words.matchAll(/(?:npx |\/)alder ((?:api|worker|dev)(?: [^\n`]*)?)/g)) {
    yield command.trim();
  }
}
