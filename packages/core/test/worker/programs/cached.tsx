/** @jsxImportSource @alder/core */
/**
 * A worker of at most 50 runs, whose one component takes a while, notes in a ledger that it was called, and is cached.
 *
 * Arguments: address of the store, ledger file, how long a call takes, length of a lease. Prints `ready` once it claims.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { component, workflow } from "@alder/core";
import { createWorker } from "@alder/core/worker";
import { openStoreAt } from "../../store/open-store-at.ts";

const [address = "", ledgerFile = "", tookMs = "", leaseMs = ""] = process.argv.slice(2);

const Model = component("Model", async ({ question }: { question: string }, step) => {
  appendFileSync(ledgerFile, `${process.pid} ${question}\n`);
  await pause(Number(tookMs), undefined, { signal: step.signal });
  return `${question}? ${process.pid}`;
}).cache("1d");

const Ask = workflow("ask", ({ question }: { question: string }) => <Model question={question} />);

const store = openStoreAt(address);
const options = { concurrency: 50, leaseMs: Number(leaseMs), onError: () => {} };
const worker = createWorker({ ...options, store, workflows: [Ask] });
await worker.start();
console.log("ready");
