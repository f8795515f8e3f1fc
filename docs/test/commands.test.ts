/** What a page tells its readers to type exists, and so does what it points to. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Page, readPages, ROOT } from "./pages.ts";

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
}

const pages = [...readPages(), ...contributing()];

test.each(pages.map((page) => [page.path, page] as const))("commands of %s", (_path, page) => {
  const unknown = [...commands(page)].filter(({ script, workspace }) => {
    const path = join(ROOT, workspace, "package.json");
    if (!existsSync(path)) return true;
    return !((JSON.parse(readFileSync(path, "utf8")) as Manifest).scripts ?? {})[script];
  });
  expect(unknown).toEqual([]);
});

test.each(pages.map((page) => [page.path, page] as const))("links of %s", (_path, page) => {
  const targets = [...page.text.matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(([, target]) => target ?? "");
  const relative = targets.filter((target) => !/^\w+:/.test(target));
  expect(relative.filter((target) => !existsSync(join(ROOT, dirname(page.path), target)))).toEqual([]);
});

test("JSON can be read", () => {
  const blocks = pages.flatMap((page) => page.blocks).filter(({ language }) => language === "json");
  for (const { code } of blocks) expect(JSON.parse(code)).toBeDefined();
});

/** `npm start`, `npm test` and `npm run …`, in fenced, indented and inline code alike. */
function* commands({ text }: Page): Generator<{ script: string; workspace: string }> {
  for (const [line] of text.matchAll(/\bnpm (?:start|test|run \w)[^\n`]*/g)) {
    const [, script = ""] = /^npm (?:run )?([\w:-]+)/.exec(line) ?? [];
    const [, workspace = "."] = /--workspace[ =]([\w/@.-]*[\w/@-])/.exec(line) ?? [];
    yield { script, workspace };
  }
}

function contributing(): Page[] {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  return [{ path: "CONTRIBUTING.md", text, blocks: [] }];
}
