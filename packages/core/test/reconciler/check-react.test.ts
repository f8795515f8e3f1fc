/** What a worker finds out about React before it executes anything. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkReact } from "../../src/reconciler/check-react.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alder-react-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the development build is refused outside dev, with the way out", () => {
  expect(() => checkReact({ dev: false })).toThrow(
    expect.objectContaining({
      code: "development_react",
      message: expect.stringContaining("NODE_ENV=production"),
    }),
  );
  expect(() => checkReact({ dev: true })).not.toThrow();
});

test("the production build is taken", async () => {
  expect(await startWorker({ NODE_ENV: "production" })).toBe("started");
});

test("a second copy of React is named, with both places", async () => {
  const copy = join(folder, "node_modules/react");
  mkdirSync(join(folder, "node_modules"));
  cpSync(join(ROOT, "node_modules/react"), copy, { recursive: true });
  const answer = await startWorker({ NODE_ENV: "production" });
  expect(answer).toContain("duplicate_react");
  expect(answer).toContain(copy);
  expect(answer).toContain(join(ROOT, "node_modules/react"));
});

/** Starts a worker in a process of its own, from a program in the folder. */
async function startWorker(env: Record<string, string>): Promise<string> {
  const at = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const program = join(folder, "program.mjs");
  writeFileSync(
    program,
    `import { workflow } from ${at("index.ts")};
     import { createWorker } from ${at("worker.ts")};
     import { createMemoryStore } from ${at("testing.ts")};
     const worker = createWorker({ store: createMemoryStore(), workflows: [workflow("w", () => null)], dev: false });
     await worker.start().then(() => console.log("started"), (error) => console.log(error.code, error.message));
     await worker.stop();`,
  );
  const loader = join(ROOT, "node_modules/tsx/dist/loader.mjs");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=alder-source", "--import", loader, program],
    { cwd: folder, env: { ...process.env, ...env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.json") } },
  );
  return stdout.trim();
}
