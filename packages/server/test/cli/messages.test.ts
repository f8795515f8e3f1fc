/** What is typed wrong, missing or out of reach: one line with a code that stays, exit code 1, no stack trace. */
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { startRedis } from "../../../core/test/store/redis/redis-server.ts";
import { createCli } from "./start-cli.ts";

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000 });

const JOBS = fileURLToPath(new URL("programs/jobs.tsx", import.meta.url));
const cli = createCli();
let folder: string;
const inFolder = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "alder-cli-"));
  writeFileSync(inFolder("throws.mjs"), `throw new Error("no key\\nwas given");`);
  writeFileSync(inFolder("nothing.mjs"), `export const answer = 42;`);
  writeFileSync(inFolder("broken.tsx"), `export const = 1;`);
});
afterEach(() => cli.killAll());
afterAll(() => rmSync(folder, { recursive: true }));

/** The one line it prints. */
async function lineOf(given: readonly string[], environment?: Record<string, string>): Promise<string> {
  const started = cli.start(given, environment);
  expect(await started.exited, `it printed ${started.output()}`).toBe(1);
  const lines = started.output().trimEnd().split("\n");
  expect(lines, `it printed ${started.output()}`).toHaveLength(1);
  return lines[0] ?? "";
}

test.each<readonly [string, readonly string[], RegExp]>([
  [
    "an unknown option",
    ["api", "--prot", "1"],
    /unknown option '--prot' \(Did you mean --port\?\)\. .* \(bad_option\)$/,
  ],
  ["an unknown command", ["wroker", "x"], /unknown command 'wroker'.* \(bad_option\)$/],
  ["no file", ["worker"], /missing required argument 'FILE'.* \(bad_option\)$/],
  ["a port that is none", ["api", "--port", "x"], /'x' is invalid\. .*0 to 65535.* \(bad_option\)$/],
  [
    "a grace time without unit",
    ["worker", "x", "--grace", "10"],
    /'10' is invalid\. .*"30s".* \(bad_option\)$/,
  ],
  ["two stores", ["api", "--redis", "redis://x", "--store", "y"], /name two stores.* \(bad_setting\)$/],
  [
    "an address of no Redis",
    ["api", "--redis", "localhost:6379"],
    /--redis is no address.* \(bad_setting\)$/,
  ],
  ["a Redis out of reach", ["api", "--redis", "redis://127.0.0.1:1"], /\(store_unavailable\)$/],
  ["a missing file", ["worker", "no/such.tsx"], /There is no file no\/such\.tsx .*\(bad_module\)$/],
  ["a folder", ["worker", "packages"], /packages is not a file .*\(bad_module\)$/],
])("%s", async (_what, given, line) => {
  expect(await lineOf(given)).toMatch(line);
});

test("a module that throws, in one line whatever it throws; with --verbose, where", async () => {
  const given = ["worker", inFolder("throws.mjs"), "--store", inFolder("a.db")];
  expect(await lineOf(given)).toMatch(/throws\.mjs cannot be loaded: no key was given .*\(bad_module\)$/);
  const verbose = cli.start([...given, "--verbose"]);
  expect(await verbose.exited).toBe(1);
  expect(verbose.output()).toMatch(/^ +at .*throws\.mjs:1/m);
});

test("a module that cannot be compiled, and one without a workflow", async () => {
  const store = ["--store", inFolder("b.db")];
  expect(await lineOf(["dev", inFolder("broken.tsx"), ...store])).toMatch(/broken\.tsx:1:.*\(bad_module\)$/);
  expect(await lineOf(["dev", inFolder("nothing.mjs"), ...store])).toMatch(
    /nothing\.mjs exports answer, none of them a workflow.*\(no_workflows\)$/,
  );
  // The second of two counts as much as the first.
  expect(await lineOf(["worker", JOBS, inFolder("nothing.mjs"), ...store])).toMatch(/\(no_workflows\)$/);
});

test("a page that is not built", async () => {
  const given = ["api", "--assets", inFolder("page"), "--store", inFolder("d.db")];
  expect(await lineOf(given)).toMatch(/folder of assets .* does not exist.*\(bad_setting\)$/);
});

test("a port that is in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const given = ["--port", `${port}`, "--store", inFolder("c.db")];
  expect(await lineOf(["api", ...given])).toMatch(/in use.*\(port_in_use\)$/);
  expect(await lineOf(["dev", JOBS, ...given])).toMatch(/in use.*\(port_in_use\)$/);
  other.close();
});

test("a Redis that would throw runs away; its address from the environment", async () => {
  const server = await startRedis({ settings: ["--maxmemory-policy", "allkeys-lru"] });
  try {
    const environment = { REDIS_URL: server.url };
    expect(await lineOf(["worker", JOBS], environment)).toMatch(/noeviction.*\(store_misconfigured\)$/);
  } finally {
    await server.stop();
  }
});

test("help and version are no errors", async () => {
  const help = cli.start(["--help"]);
  expect(await help.exited).toBe(0);
  expect(help.output()).toMatch(/api .*worker .*dev /s);
  const version = cli.start(["--version"]);
  expect(await version.exited).toBe(0);
  expect(version.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
});
