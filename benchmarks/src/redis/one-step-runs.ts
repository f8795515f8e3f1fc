/**
 * Runs of one step per second, from start to completed, with one worker process; and jobs of BullMQ with the same work, at
 * the same concurrency, on the same server, in turns.
 */
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { median } from "../median.ts";
import { startChild, type Child } from "./processes/child.ts";
import type { Usage } from "./processes/usage.ts";
import { serverUsage } from "./server-usage.ts";
import type { Sizes } from "./sizes.ts";

/** How many are being started at any moment. */
const STARTING = 64;

interface Round {
  readonly perSecond: number;
  /** Processor time for each, in microseconds. */
  readonly starter: number;
  readonly worker: number;
  readonly server: number;
}

export async function benchOneStepRuns(url: string, { runs, concurrency, rounds }: Sizes): Promise<void> {
  const store = createRedisStore({ url });
  const client = createStoreClient(store);
  const { hostname, port } = new URL(url);
  const queue = new Queue<{ value: number }>("once", { connection: { host: hostname, port: Number(port) } });
  const redis = new Redis(url);
  const worker = await startChild("worker.ts", { url, concurrency });
  const jobWorker = await startChild("job-worker.ts", { url, concurrency });

  const alder = (value: number) => client.start("once", { value });
  const bullmq = (value: number) => queue.add("once", { value });
  await measure(redis, worker, alder, runs);
  await measure(redis, jobWorker, bullmq, runs);
  const ours: Round[] = [];
  const theirs: Round[] = [];
  // In turns, so that a machine whose speed drifts is the same for both.
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(redis, worker, alder, runs));
    theirs.push(await measure(redis, jobWorker, bullmq, runs));
  }
  await Promise.all([worker.stop(), jobWorker.stop(), queue.close(), store.close()]);
  redis.disconnect();

  console.log(`runs: runs of one step, ${runs} of them, ${concurrency} at once, median of ${rounds}:`);
  print("Alder", ours);
  print("BullMQ", theirs);
  const ratio = median(ours.map(({ perSecond }, round) => perSecond / theirs[round]!.perSecond));
  console.log(`  ratio ${ratio.toFixed(2)}`);
}

async function measure(
  redis: Redis,
  worker: Child,
  start: (value: number) => Promise<unknown>,
  count: number,
): Promise<Round> {
  const [workerBefore, serverBefore] = [await worker.ask<Usage>("usage"), await serverUsage(redis)];
  const starterBefore = process.cpuUsage();
  const started = performance.now();
  const completed = worker.ask<void>("completed", count);
  let next = 0;
  const startSome = async (): Promise<void> => {
    while (next < count) await start(next++);
  };
  await Promise.all(Array.from({ length: STARTING }, startSome));
  await completed;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(starterBefore);
  const [workerAfter, serverAfter] = [await worker.ask<Usage>("usage"), await serverUsage(redis)];
  return {
    perSecond: count / seconds,
    starter: (user + system) / count,
    worker: ((workerAfter.processorMs - workerBefore.processorMs) / count) * 1000,
    server: ((serverAfter.processorMs - serverBefore.processorMs) / count) * 1000,
  };
}

function print(name: string, rounds: readonly Round[]): void {
  const of = (kind: keyof Round): string => median(rounds.map((round) => round[kind])).toFixed(0);
  console.log(
    `  ${name.padEnd(7)} ${of("perSecond")} per second   µs of processor time each: worker ${of("worker")}, server ${of("server")}, starter ${of("starter")}`,
  );
}
