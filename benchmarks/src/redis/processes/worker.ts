process.env["NODE_ENV"] = "production"; // before React is loaded
import type { Usage } from "./usage.ts";
import { answerParent, readSettings } from "./answer-parent.ts";
import { usage } from "./usage.ts";
const { createRedisStore } = await import("@alder/core/redis");
const { createWorker } = await import("@alder/core/worker");
const { WORKFLOWS } = await import("../workflows.ts");

export interface WorkerSettings {
  readonly url: string;
  readonly concurrency: number;
}

const { url, concurrency } = readSettings() as WorkerSettings;
const store = createRedisStore({ url });
let ended = 0;
let wanted = Infinity;
let resolveEnded: () => void = () => {};
const worker = createWorker({
  store,
  workflows: WORKFLOWS,
  concurrency,
  dev: false,
  onEvent(_runId, { type }) {
    if (type === "run.completed" && ++ended >= wanted) resolveEnded();
  },
});
await worker.start();

answerParent({
  usage: (): Usage => usage(),
  /** Answers once so many runs have completed since it was asked last. */
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
