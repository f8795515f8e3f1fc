/** @jsxImportSource @alder/core */
/**
 * A worker whose steps take their time and write while they do. On SIGUSR2 it blocks its event loop for three seconds, on
 * SIGTERM it hands over and ends.
 *
 * Arguments: URL of the store, ledger file, length of a lease. Prints `ready` once it claims.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { component, workflow } from "@alder/core";
import { createWorker } from "@alder/core/worker";
import { openStoreAt } from "../../store/open-store-at.ts";

const [address = "", ledgerFile = "", leaseMs = ""] = process.argv.slice(2);

const Count = component("Count", async function* ({ of }: { of: number }, step) {
  appendFileSync(ledgerFile, `${process.pid} ${of}\n`);
  for (let index = 0; index < 25; index++) {
    await pause(20, undefined, { signal: step.signal });
    yield `${of}.${index} `;
  }
});

const Slow = workflow("slow", async ({ steps }: { steps: number }) => {
  const texts: string[] = [];
  for (let of = 0; of < steps; of++) texts.push(await Count.run({ of }));
  return texts.length;
});

process.on("SIGUSR2", () => {
  const end = performance.now() + 3_000;
  while (performance.now() < end);
});

const worker = createWorker({
  store: openStoreAt(address),
  workflows: [Slow],
  ...(leaseMs === "" ? {} : { leaseMs: Number(leaseMs) }),
  onError: () => {},
});
process.once("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
await worker.start();
console.log("ready");
