import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const probe = fileURLToPath(new URL("module-graph/probe.ts", import.meta.url));

test("the API loads no React, no reconciler and none of the engine", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=alder-source",
    "--import",
    "tsx",
    probe,
  ]);
  const loaded = JSON.parse(stdout) as string[];
  // The probe sees what is loaded.
  expect(loaded.some((url) => url.includes("/packages/server/src/app.ts"))).toBe(true);
  expect(loaded.some((url) => url.includes("/hono/"))).toBe(true);
  const never =
    /\/node_modules\/(react|react-dom|react-reconciler|scheduler)\/|\/core\/src\/(reconciler|elements|engine|worker|authoring)\//;
  expect(loaded.filter((url) => never.test(url))).toEqual([]);
});
