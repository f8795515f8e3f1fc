import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const program = fileURLToPath(new URL("../src/main.tsx", import.meta.url));
// By path, as the program runs in a folder from which neither can be found.
const tsx = fileURLToPath(new URL("../../../node_modules/tsx/dist/loader.mjs", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-hello-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("killed in the middle and started again, it goes on; once more, it starts anew", async () => {
  expect(await run({ killAt: "Hello, Grace!" })).toEqual(["Hello, Ada!", "Hello, Grace!"]);
  // Grace was greeted, but whether that was written down before the kill is open.
  const rest = await run();
  expect(rest.filter((line) => line !== "Hello, Grace!")).toEqual(["Hello, Barbara!"]);
  expect(await run({ killAt: "Hello, Ada!" })).toEqual(["Hello, Ada!"]);
});

/** The lines that the program prints in a folder of its own, where no tsconfig says anything about JSX. */
async function run({ killAt }: { killAt?: string } = {}): Promise<string[]> {
  const child = spawn(process.execPath, ["--conditions=alder-source", "--import", tsx, program], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (data) => {
    printed += String(data);
    if (killAt && printed.includes(killAt)) child.kill("SIGKILL");
  });
  await once(child, "close");
  return printed.split("\n").filter(Boolean);
}
