import { createRedisStore } from "@alder/core/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedis } from "./redis-server.ts";

test("commands that are sent in one turn leave in one piece, and one by itself at once", async () => {
  const server = await startRedis();
  const connections: Redis[] = [];
  const store = createRedisStore({
    connect: (settings) => {
      connections.push(new Redis(server.url, settings));
      return connections.at(-1)!;
    },
  });
  await store.now();
  const [connection] = connections.filter(({ status }) => status === "ready");
  const { stream } = connection!;
  let pieces = 0;
  // As Node's streams name what writes one piece, or several as one.
  for (const name of ["_write", "_writev"]) {
    const write = Reflect.get(stream, name) as (...given: readonly unknown[]) => void;
    Reflect.set(stream, name, (...given: readonly unknown[]) => {
      pieces += 1;
      Reflect.apply(write, stream, given);
    });
  }

  await Promise.all(Array.from({ length: 20 }, () => store.now()));
  expect(pieces).toBe(1);
  await store.now();
  expect(pieces).toBe(2);
  expect(stream.writableCorked).toBe(0);
  await store.close();
  await server.stop();
});
