import type { RedisConnection } from "./connection.ts";

/**
 * To be called before a command is sent: what is sent until nothing else is done in this turn of the event loop leaves in one
 * piece. A worker sends dozens of commands at a time, and each piece is a call of the system. Of a cluster, whose
 * connections are its own, every command leaves by itself.
 */
export function createGather(connection: RedisConnection): () => void {
  if ("nodes" in connection) return () => {};
  let isGathering = false;
  return () => {
    // Before it is ready, ioredis keeps what it is given.
    if (isGathering || connection.status !== "ready") return;
    isGathering = true;
    const { stream } = connection;
    stream.cork();
    // After all that follows from what is being done now.
    process.nextTick(() => {
      isGathering = false;
      stream.uncork();
    });
  };
}
