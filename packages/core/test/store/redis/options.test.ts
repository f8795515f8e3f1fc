// What a store cannot be made with is refused where it is made, by what to give instead.
import { createRedisStore, type RedisStoreOptions } from "@alder/core/redis";
import { expect, test } from "vitest";

const url = "redis://127.0.0.1:6379";

const REFUSED: readonly (readonly [what: string, options: RedisStoreOptions, fix: string])[] = [
  ["a host without a scheme", { url: "localhost:6379" }, "redis://host:6379"],
  ["an address without a scheme", { url: "127.0.0.1:6379" }, "redis://host:6379"],
  ["no URL", { url: "" }, "redis://host:6379"],
  ["another scheme", { url: "http://127.0.0.1:6379" }, "redis://host:6379"],
  ["no host", { url: "redis://" }, "redis://host:6379"],
  ["a cluster without nodes", { cluster: [] }, "at least one"],
  ["a cluster with what is no URL", { cluster: [url, "10.0.0.1"] }, "cluster has an address"],
  ["no partitions", { url, partitions: 0 }, "from 1 to 4096"],
  ["half a partition", { url, partitions: 1.5 }, "from 1 to 4096"],
  ["too many partitions, which could never be taken back", { url, partitions: 1_000_000 }, "from 1 to 4096"],
  ["a prefix that decides the slot", { url, prefix: "a{b}" }, "no braces"],
  ["an empty prefix", { url, prefix: "" }, "at least one character"],
  ["no replica", { url, durability: { replicas: 0 } }, "whole number from 1"],
  ["a wait that looks like death", { url, durability: { replicas: 1, waitMs: 60_000 } }, "from 1 to 4000"],
  ["no time to try again", { url, retryForMs: Number.NaN }, "milliseconds"],
];

test.each(REFUSED)("%s", (_what, options, fix) => {
  expect(() => createRedisStore(options)).toThrow(
    expect.objectContaining({ code: "bad_setting", message: expect.stringContaining(fix) }),
  );
});

test("a password is not repeated", () => {
  try {
    createRedisStore({ url: "redis//user:secret@host" });
    expect.unreachable();
  } catch (error) {
    expect(String(error)).not.toContain("secret");
  }
});
