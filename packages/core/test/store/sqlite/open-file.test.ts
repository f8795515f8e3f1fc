import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { createSqliteStore } from "@alder/core/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MIGRATIONS } from "../../../src/store/sqlite/schema.ts";
import { drivers } from "../drivers.ts";
import { openFile } from "../../../src/store/sqlite/open-file.ts";
import { openWithLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { createFolder, openDatabase, own, type Folder } from "./opened.ts";

let folder: Folder;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

const opener = new URL("../programs/open.ts", import.meta.url).pathname;

test("the folder of a new file is made", async () => {
  const path = folder.path("deep/er/runs.db");
  const store = createSqliteStore({ path });
  await store.ping();
  await store.close();
  expect(existsSync(path)).toBe(true);
});

test.each(["", ":memory:"])('"%s" is no file, and none is made of that name', (path) => {
  expect(() => createSqliteStore({ path })).toThrow(
    expect.objectContaining({ code: "bad_setting", message: expect.stringContaining("createMemoryStore") }),
  );
  expect(existsSync(path)).toBe(false);
});

test("a closed store is whole in its one file", async () => {
  const path = folder.path("runs.db");
  const store = createSqliteStore({ path });
  const { token } = await own(store);
  await store.close();
  const copy = folder.path("copy.db");
  writeFileSync(copy, readFileSync(path));
  const again = createSqliteStore({ path: copy });
  expect(await again.readRun(token.runId)).toMatchObject({ status: "running" });
  await again.close();
});

test.each(drivers)("what one driver wrote another reads, here %s", async (driver) => {
  const path = folder.path("runs.db");
  const store = createSqliteStore({ path, driver });
  const { token } = await own(store);
  await store.close();
  for (const other of drivers) {
    const again = createSqliteStore({ path, driver: other });
    expect(await again.readRun(token.runId)).toMatchObject({ runId: token.runId });
    await again.close();
  }
});

test("3. processes that open a new file at the same moment make it once", async () => {
  const files = 20;
  const opened = folder.path("new");
  const args = ["--conditions=alder-source", "--import", "tsx", opener, opened, `${files}`];
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] }),
  );
  const outputs = children.map((child) => createInterface(child.stdout));
  await Promise.all(outputs.map((lines) => once(lines, "line")));
  const collected = outputs.map(collect);
  for (const child of children) child.stdin.write("go");
  const ids = (await Promise.all(collected)).flat();
  expect(ids.length).toBe(children.length * files);
  const found: string[] = [];
  for (let index = 0; index < files; index++) {
    const store = createSqliteStore({ path: join(opened, `${index}.db`) });
    const { runs } = await store.listRuns({ limit: 100 });
    found.push(...runs.map(({ runId }) => runId));
    await store.close();
  }
  expect(new Set(found)).toEqual(new Set(ids));
});

async function collect(lines: Interface): Promise<string[]> {
  const all: string[] = [];
  lines.on("line", (line) => all.push(line));
  await once(lines, "close");
  return all;
}

describe.each(drivers)("a file that cannot be used is refused, on %s", (driver) => {
  const opening = (path: string) => () => createSqliteStore({ path, driver });

  test("as it is a folder", () => {
    const path = folder.path("runs.db");
    mkdirSync(path);
    expect(opening(path)).toThrow(expect.objectContaining({ code: "store_unavailable", details: { path } }));
  });

  test("as its folder is a file", () => {
    writeFileSync(folder.path("file"), "");
    const path = folder.path("file/runs.db");
    expect(opening(path)).toThrow(
      expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining(path) }),
    );
  });

  test("as it is no database, and is left as it is", () => {
    const path = folder.path("notes.txt");
    const text = "These are notes, not a database. ".repeat(200);
    writeFileSync(path, text);
    expect(opening(path)).toThrow(
      expect.objectContaining({
        code: "store_corrupt",
        message: expect.stringContaining("move the file away"),
      }),
    );
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("2. as it is the database of something else, and is left as it is", () => {
    const path = folder.path("other.db");
    const foreign = openWithLibsql(path);
    foreign.exec("CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('mine')");
    foreign.close();
    const before = readFileSync(path);
    expect(opening(path)).toThrow(
      expect.objectContaining({ code: "store_corrupt", message: expect.stringContaining("something else") }),
    );
    expect(readFileSync(path)).toEqual(before);
  });

  test("2. as a newer Alder wrote it, and is left as it is", () => {
    const path = folder.path("runs.db");
    const database = openDatabase(path, driver);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    const before = statSync(path).mtimeMs;
    expect(opening(path)).toThrow(
      expect.objectContaining({
        code: "store_version",
        details: { path, version: MIGRATIONS.length + 1, known: MIGRATIONS.length },
      }),
    );
    expect(statSync(path).mtimeMs).toBe(before);
  });
});

test("a driver that this Node does not have is named", () => {
  if (drivers.includes("node")) return;
  const opening = () => createSqliteStore({ path: folder.path("runs.db"), driver: "node" });
  expect(opening).toThrow(
    expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("node:sqlite") }),
  );
});

test("what a machine's death may take is chosen by `durability`", () => {
  const path = folder.path("runs.db");
  const levels = [false, true].map((isMachineSafe) => {
    const database = openFile({ path, isMachineSafe, driver: undefined });
    const { synchronous } = database.prepare("PRAGMA synchronous").get()!;
    database.close();
    return synchronous;
  });
  // NORMAL and FULL.
  expect(levels).toEqual([1, 2]);
});
