// What a page loads with the hooks.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";

interface Chunk {
  readonly type: "chunk" | "asset";
  readonly code: string;
  readonly modules: Readonly<Record<string, unknown>>;
}

test("a page loads the fold and the stream's parser, and neither zod nor anything of a worker", async () => {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    define: { "process.env.NODE_ENV": '"production"' },
    resolve: { conditions: ["alder-source", "module", "browser", "production"] },
    build: {
      write: false,
      minify: true,
      lib: { entry: fileURLToPath(new URL("../src/index.ts", import.meta.url)), formats: ["es"] },
      rollupOptions: { external: [/^react($|\/)/] },
    },
  });
  const { output } = (Array.isArray(result) ? result[0] : result) as { readonly output: readonly Chunk[] };
  const chunks = output.filter(({ type }) => type === "chunk");
  expect(chunks).toHaveLength(1);

  const modules = Object.keys(chunks[0]!.modules).map((path) =>
    path.replace(/^.*\/(?=packages\/|node_modules\/)/, ""),
  );
  const foreign = modules.filter((path) => path.startsWith("node_modules/"));
  expect(foreign.filter((path) => !path.startsWith("node_modules/eventsource-parser/"))).toEqual([]);
  const core = modules.filter((path) => path.startsWith("packages/core/"));
  expect(core).toContain("packages/core/src/protocol/fold.ts");
  expect(core.filter((path) => !/^packages\/core\/src\/(protocol|errors|internal)[/.]/.test(path))).toEqual(
    [],
  );
  expect(gzipSync(chunks[0]!.code).length).toBeLessThan(15 * 1024);
});
