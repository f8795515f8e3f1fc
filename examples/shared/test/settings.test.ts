import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readSettings, SettingError } from "../start/settings.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-settings-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("what is absent or empty has a standard", () => {
  const standard = {
    port: 4_600,
    tokenDelayMs: 90,
    dataFolder: fileURLToPath(new URL("../../../.alder", import.meta.url)),
    redisUrl: undefined,
  };
  expect(readSettings({})).toEqual(standard);
  expect(readSettings({ PORT: "", ALDER_DATA: "", MODEL_TOKEN_DELAY_MS: " " })).toEqual(standard);
});

test("the data folder is named from where the command was typed, and made", () => {
  vi.stubEnv("INIT_CWD", folder);
  const { dataFolder } = readSettings({ ALDER_DATA: "deep/data" });
  expect(dataFolder).toBe(join(folder, "deep/data"));
  expect(existsSync(dataFolder)).toBe(true);
});

test.each([
  ["PORT", "abc", 65_535],
  ["PORT", "65536", 65_535],
  ["PORT", "-1", 65_535],
  ["PORT", "0x10", 65_535],
  ["MODEL_TOKEN_DELAY_MS", "abc", 60_000],
  ["MODEL_TOKEN_DELAY_MS", "1e9", 60_000],
])("%s=%s is refused", (name, value, max) => {
  expect(() => readSettings({ ALDER_DATA: folder, [name]: value })).toThrow(
    new SettingError(`${name} is "${value}": it must be a whole number from 0 to ${max}`),
  );
});

test.each(["file", "file/inside"])("a data folder that is a file (%s) is refused", async (path) => {
  await writeFile(join(folder, "file"), "");
  expect(() => readSettings({ ALDER_DATA: join(folder, path) })).toThrow(
    new SettingError(`${join(folder, path)} is not a folder: let ALDER_DATA name one that can be written to`),
  );
});

test("the address of Redis is one, and is not told if it is none", () => {
  const ALDER_DATA = folder;
  const redisUrl = "redis://user:secret@127.0.0.1:6379";
  expect(readSettings({ ALDER_DATA, REDIS_URL: redisUrl })).toMatchObject({ redisUrl });
  const wrong = () => readSettings({ ALDER_DATA, REDIS_URL: "http://secret" });
  expect(wrong).toThrow(SettingError);
  expect(wrong).toThrow(/^REDIS_URL must be an address like redis:\/\/127\.0\.0\.1:6379$/);
});
