/**
 * Runs whose steps leave a timer behind, as a client with open sockets would. Argument: store file. Prints how many
 * megabytes are in use once the runs have been parked, have gone on and have ended.
 */
import { component, waitFor, workflow } from "@alder/core";
import { createSqliteStore } from "@alder/core/sqlite";
import { createWorker } from "@alder/core/worker";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";

const RUNS = 10;
const STEPS = 10;
const VALUE_LENGTH = 500_000;

const Big = component("Big", async ({ digit }: { digit: number }) => {
  setTimeout(() => {}, 60_000).unref();
  return String(digit).repeat(VALUE_LENGTH);
});
const Leaves = workflow("leaves", { input: z.object({}), signals: { go: z.null() } }, async () => {
  for (let digit = 1; digit < STEPS; digit++) await Big.run({ digit });
  await waitFor("go");
  await Big.run({ digit: 0 });
  return null;
});

const store = createSqliteStore({ path: process.argv[2] ?? "" });
const worker = createWorker({ store, workflows: [Leaves], dev: false, parkAfterMs: 0 });
await worker.start();
const runIds: string[] = [];
for (let run = 0; run < RUNS; run++) {
  const made = await store.createRun({ workflow: "leaves", queue: "leaves", input: {} });
  if (made.outcome === "created") runIds.push(made.run.runId);
}
for (const runId of runIds) await until(runId, "waiting");
for (const runId of runIds) await store.sendSignal(runId, { id: "1", name: "go", payload: null });
for (const runId of runIds) await until(runId, "completed");
await pause(100);
gc?.();
console.log(Math.round(process.memoryUsage().heapUsed / 1e6));
process.exit(0);

async function until(runId: string, status: string): Promise<void> {
  while ((await store.readRun(runId))?.status !== status) await pause(10);
}
