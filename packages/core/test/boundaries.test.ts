// Who may import whom, in all packages. Lint forbids cycles; what lint cannot express stands in these tables.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const packages = fileURLToPath(new URL("../..", import.meta.url));

/** Core's folders in layers. A file imports its own layer and those before it, never a later one. */
const layers = [
  ["errors", "internal"],
  ["protocol"],
  ["store"],
  ["authoring"],
  ["client", "elements", "reconciler"],
  ["engine"],
  ["worker"],
  ["testing"],
];

/** Where core may load these at run time: a folder, or an entry file. */
const homes: { module: RegExp; folders: RegExp }[] = [
  { module: /^react(\/|$)/, folders: /^(reconciler|elements)\/|^jsx-(dev-)?runtime\.ts$/ },
  { module: /^(react-reconciler|scheduler)(\/|$)/, folders: /^reconciler\// },
  { module: /^ioredis(\/|$)/, folders: /^store\/redis\// },
  { module: /^node:/, folders: /^(reconciler|engine|worker|testing|store\/\w+)\// },
];

/** What must never be loaded by an entry, however deep: these run in browsers and under `react-server`. */
const lightEntries: { entry: string; never: RegExp }[] = [
  { entry: "core/src/index.ts", never: /^(node:|react-reconciler)/ },
  { entry: "core/src/client.ts", never: /^(node:|react-reconciler)/ },
  { entry: "core/src/jsx-runtime.ts", never: /^(node:|react-reconciler)/ },
  { entry: "core/src/protocol.ts", never: /^(node:|react|ioredis)/ },
];

/** Which of our packages each package may load at run time. Types may come from anywhere. */
const packageImports: Record<string, RegExp> = {
  core: /^$/,
  server: /^@alder\/core(\/|$)/,
  "react-client": /^@alder\/core\/protocol$/,
};

describe("core's folders", () => {
  const imports = importsOf("core");

  test("import only their own and earlier layers", () => {
    const wrong = imports.filter(({ from, to }) => to && layerOf(to) > layerOf(from));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test("all have a layer", () => {
    const folders = new Set(
      imports.filter(({ from }) => from.includes("/")).map(({ from }) => from.split("/")[0]!),
    );
    for (const folder of layers.flat()) folders.delete(folder);
    expect([...folders]).toEqual([]);
  });

  test("load React and Node only where they are at home", () => {
    const wrong = imports.filter(({ from, specifier, typeOnly }) =>
      homes.some(({ module, folders }) => !typeOnly && module.test(specifier) && !folders.test(from)),
    );
    // Entries of the Node side only re-export, so none of them is an exception here.
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test("do not import package entries from within", () => {
    const wrong = imports.filter(({ from, to }) => from.includes("/") && to && !to.includes("/"));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test("reach a store's implementation only through its entry", () => {
    const wrong = imports.filter(({ from, to }) => {
      const implementation = /^store\/(sqlite|redis)\//.exec(to ?? "");
      return implementation && !from.startsWith(implementation[0]) && from !== `${implementation[1]}.ts`;
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });
});

test.each(Object.keys(packageImports))("%s loads only the packages it may", (name) => {
  const wrong = importsOf(name).filter(
    ({ specifier, typeOnly }) =>
      !typeOnly && specifier.startsWith("@alder/") && !packageImports[name]!.test(specifier),
  );
  expect(wrong.map(describeImport)).toEqual([]);
});

test.each(lightEntries)("$entry never loads $never", ({ entry, never }) => {
  const seen = new Set([join(packages, entry)]);
  const wrong: string[] = [];
  for (const file of seen) {
    for (const { specifier, typeOnly } of parseImports(file)) {
      if (typeOnly) continue;
      if (specifier.startsWith(".")) seen.add(join(dirname(file), specifier));
      else if (never.test(specifier)) wrong.push(`${relative(packages, file)} imports ${specifier}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("imports are parsed", () => {
  const source = [
    `import a, { type B } from "a";`,
    `import type { C } from "c";`,
    `import {\n  d,\n} from "./d.ts";`,
    `import "e";`,
    `export * from "f";`,
    `const g = await import("g");`,
    `export type { H } from "h";`,
    `import { type I, type J } from "i";`,
  ].join("\n");
  const parsed = parseSource(source).map(
    ({ specifier, typeOnly }) => `${typeOnly ? "type " : ""}${specifier}`,
  );
  // The last one: with verbatimModuleSyntax an import of nothing but inline types is still loaded.
  expect(parsed).toEqual(["a", "type c", "./d.ts", "e", "f", "g", "type h", "i"]);
});

interface Import {
  specifier: string;
  typeOnly: boolean;
}

interface FileImport extends Import {
  /** Path of the importing file below src. */
  from: string;
  /** Path of the imported file below src, if it is one of the package's own. */
  to: string | undefined;
}

function importsOf(name: string): FileImport[] {
  const src = join(packages, name, "src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  return files.flatMap((from) =>
    parseImports(join(src, from)).map((found) => {
      const to = found.specifier.startsWith(".") ? join(dirname(from), found.specifier) : undefined;
      return { ...found, from, to };
    }),
  );
}

function parseImports(file: string): Import[] {
  return parseSource(readFileSync(file, "utf8"));
}

function parseSource(source: string): Import[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const statement =
    /^(?:import|export)\s+(?:(type)\s+(?!from\b))?(?:[\w*{}\s,$]+?\s+from\s+)?"([^"]+)";?$|\bimport\("([^"]+)"\)/gm;
  return [...code.matchAll(statement)].map(([, type, specifier, dynamic]) => ({
    specifier: specifier ?? dynamic!,
    typeOnly: type !== undefined,
  }));
}

function layerOf(file: string): number {
  const [folder, rest] = file.split("/");
  // A file directly in src is an entry: it may import everything.
  return rest === undefined ? layers.length : layers.findIndex((names) => names.includes(folder!));
}

function describeImport({ from, specifier }: FileImport): string {
  return `${from} imports ${specifier}`;
}
