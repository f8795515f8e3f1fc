/**
 * What the background replay of dev costs: processor time of a run on a worker in dev, with the memory store, and of its
 * replay afterwards. To be executed with React's development build, as dev is.
 */
import { component, use, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker } from "@alder/core/worker";

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);
let bodiesEnded = 0;
const Awaited = workflow("awaited", async ({ n }: { n: number }) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = await Inc.run({ v });
  bodiesEnded++;
  return v;
});
const UseChain = workflow("use-chain", ({ n }: { n: number }) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = use(Inc.run({ v }));
  bodiesEnded++;
  return v;
});

const ROUNDS = 7;

async function benchReplayCheck(): Promise<void> {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const differences: unknown[] = [];
  const worker = createWorker({
    store,
    workflows: [Awaited, UseChain],
    dev: true,
    onReplayDifference: (difference) => differences.push(difference),
  });
  await worker.start();
  console.log("background replay in dev, ms of processor time, best of 7:");
  for (const [name, n] of [
    ["awaited", 10],
    ["awaited", 100],
    ["awaited", 1000],
    ["use-chain", 100],
  ] as const) {
    const live: number[] = [];
    const replay: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage();
      const { run } = await client.start(name, { n });
      await client.waitForEnd(run.runId);
      live.push(since(before));
      const [endedBefore, between] = [bodiesEnded, process.cpuUsage()];
      for (let turn = 0; turn < 20 || bodiesEnded === endedBefore; turn++) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      replay.push(since(between));
    }
    const [ran, replayed] = [Math.min(...live), Math.min(...replay)];
    const ratio = `${Math.round((100 * replayed) / ran)} %`;
    console.log(
      `  ${name.padEnd(10)} ${String(n).padStart(5)} steps   run ${ran.toFixed(1).padStart(7)}   its replay ${replayed.toFixed(1).padStart(7)}   ${ratio}`,
    );
  }
  await worker.stop();
  await store.close();
  if (differences.length > 0) throw new Error("a false alarm");
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

await benchReplayCheck();
