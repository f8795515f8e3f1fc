/**
 * A worker whose steps have a limit of two at once.
 *
 * Arguments: URL of the store, ledger file, length of a lease, and `hang` for steps that never end. Prints `ready` once it
 * claims.
 */
import { appendFileSync } from "node:fs";
import { component, workflow } from "@alder/core";
import { createWorker } from "@alder/core/worker";
import { openStoreAt } from "../../store/open-store-at.ts";

const [address = "", ledgerFile = "", leaseMs = "", mode = ""] = process.argv.slice(2);

const Hold = component("Hold", async ({ v }: { v: number }) => {
  appendFileSync(ledgerFile, `${process.pid} ${v} ${Date.now()}\n`);
  if (mode === "hang") await new Promise(() => {});
  return v;
}).limit({ key: "two", concurrency: 2 });

const Limited = workflow("limited", async ({ v }: { v: number }) => Hold.run({ v }));

const worker = createWorker({
  store: openStoreAt(address),
  workflows: [Limited],
  leaseMs: Number(leaseMs),
  onError: () => {},
});
await worker.start();
console.log("ready");
