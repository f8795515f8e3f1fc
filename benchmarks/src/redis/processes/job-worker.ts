/** BullMQ's worker with the same work. */
import { Worker } from "bullmq";
import type { Usage } from "./usage.ts";
import { answerParent, readSettings } from "./answer-parent.ts";
import { usage } from "./usage.ts";
import type { WorkerSettings } from "./worker.ts";

const { url, concurrency } = readSettings() as WorkerSettings;
const { hostname, port } = new URL(url);
let ended = 0;
let wanted = Infinity;
let resolveEnded: () => void = () => {};
const worker = new Worker<{ readonly value: number }>("once", async ({ data }) => data.value + 1, {
  connection: { host: hostname, port: Number(port) },
  concurrency,
});
worker.on("completed", () => {
  if (++ended >= wanted) resolveEnded();
});
await worker.waitUntilReady();

answerParent({
  usage: (): Usage => usage(),
  completed: (count: number) =>
    new Promise<void>((resolve) => {
      resolveEnded = () => {
        ended -= count;
        wanted = Infinity;
        resolve();
      };
      wanted = count;
      if (ended >= count) resolveEnded();
    }),
});
