import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readIngestSettings } from "../src/settings.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alder-settings-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("the store is Redis where one is named or installed, and else a file", () => {
  const redisUrl = "redis://127.0.0.1:6379";
  expect(readIngestSettings({ ALDER_DATA: folder, REDIS_URL: redisUrl })).toMatchObject({
    store: "redis",
    redisUrl,
  });
  vi.stubEnv("PATH", folder);
  expect(readIngestSettings({ ALDER_DATA: folder })).toMatchObject({ store: "file", redisUrl: undefined });
  expect(existsSync(folder)).toBe(true);
});

test("which store it is can be said, if there is such a one", () => {
  expect(readIngestSettings({ ALDER_DATA: folder, ALDER_STORE: "file" })).toMatchObject({ store: "file" });
  expect(() => readIngestSettings({ ALDER_DATA: folder, ALDER_STORE: "disk" })).toThrow(
    'ALDER_STORE is "disk": it must be redis or file',
  );
});
