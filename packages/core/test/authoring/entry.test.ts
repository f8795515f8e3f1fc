// `@alder/core` runs in browsers and under `react-server`: it loads neither React nor Node.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as entry from "../../src/index.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Uses the entry in a process of its own, which says on stderr who imported what. */
const program = `
  import { register } from "node:module";
  const hooks = \`
    import { writeSync } from "node:fs";
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      writeSync(2, context.parentURL + " " + found.url + "\\\\n");
      return found;
    }\`;
  register("data:text/javascript," + encodeURIComponent(hooks));
  const { component, workflow } = await import("@alder/core");
  const Echo = component("Echo", async ({ text }) => text);
  workflow("article", () => null);
  process.stdout.write(await Echo.run({ text: "works" }));
`;

test.each([[], ["--conditions=react-server"]])(
  "works, and loads neither React nor Node, with %s",
  (...flags) => {
    const options = [
      "--conditions=alder-source",
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      program,
    ];
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, ...options], {
      cwd: root,
      encoding: "utf8",
    });
    const loaded = stderr
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([parent]) => parent?.includes("/packages/core/src/"))
      .map(([, url]) => url);
    expect(stdout).toBe("works");
    expect(loaded).toContainEqual(expect.stringContaining("/node_modules/zod/"));
    expect(
      loaded.filter(
        (url) => !/\/packages\/core\/src\/(authoring|errors|internal)\/|\/node_modules\/zod\//.test(url!),
      ),
    ).toEqual([]);
  },
);

test("exports what it is known to export", () => {
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "AlderError",
      "Approval",
      "Catch",
      "Fallback",
      "Limit",
      "NonRetryableError",
      "Output",
      "Parallel",
      "Progress",
      "Publish",
      "Race",
      "Retry",
      "RetryAfterError",
      "Sequence",
      "Sleep",
      "Status",
      "Suspense",
      "Timeout",
      "WaitFor",
      "all",
      "component",
      "decisionSchema",
      "hasCode",
      "now",
      "race",
      "random",
      "render",
      "settled",
      "sleep",
      "sleepUntil",
      "use",
      "uuid",
      "waitFor",
      "workflow",
    ]
  `);
});
