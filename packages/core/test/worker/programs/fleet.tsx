/** @jsxImportSource @alder/core */
/**
 * One of a fleet of workers that are killed all the time: runs of a few short steps, each of which tells a ledger outside
 * when it was executed.
 *
 * Arguments: URL of the store, ledger file, how many runs at once, length of a lease in milliseconds. Prints `ready` once it claims.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { all, component, sleepUntil, use, workflow } from "@alder/core";
import { createWorker } from "@alder/core/worker";
import { openStoreAt } from "../../store/open-store-at.ts";

const [address = "", ledgerFile = "", concurrency = "", leaseMs = ""] = process.argv.slice(2);

const Work = component("Work", async ({ of }: { of: string }, step) => {
  appendFileSync(ledgerFile, `${Date.now()} ${step.idempotencyKey}\n`);
  await pause(5 + (of.length % 15));
  return `${of}!`;
});

const Job = workflow("job", ({ name }: { name: string }) => {
  const [left, right] = use(all([Work.run({ of: `${name} left` }), Work.run({ of: `${name} right` })]));
  return use(Work.run({ of: `${left} ${right}` }));
});

/** Waits in the store, then works. */
const Later = workflow("later", async ({ until }: { until: number }) => {
  await sleepUntil(new Date(until));
  return await Work.run({ of: "later" });
});

const worker = createWorker({
  store: openStoreAt(address),
  workflows: [Job, Later],
  leaseMs: Number(leaseMs),
  concurrency: Number(concurrency),
  onError: () => {},
});
await worker.start();
console.log("ready");
