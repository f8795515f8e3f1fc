/** Permits of a worker that was killed are free again within a lease: others wait for no dead process. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient } from "@alder/core/client";
import { stepsOf } from "@alder/core/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStoreAt } from "../store/open-store-at.ts";
import { startRedis } from "../store/redis/redis-server.ts";
import { startProgram } from "./start-program.ts";

const LEASE_MS = 3000;

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alder-limits-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("on the embedded store", async () => {
  expect(await waitedAfterKill(join(folder, "alder.db"))).toBeLessThan(LEASE_MS + 1500);
});

test("on Redis", async () => {
  const server = await startRedis();
  try {
    expect(await waitedAfterKill(server.url)).toBeLessThan(LEASE_MS + 1500);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await server.stop();
  }
});

/** How long after the death of who had all permits, in milliseconds, a step of another worker starts. */
async function waitedAfterKill(address: string): Promise<number> {
  const ledgerFile = join(folder, "ledger");
  writeFileSync(ledgerFile, "");
  const store = openStoreAt(address);
  try {
    const client = createStoreClient(store);
    const startRun = async (v: number): Promise<string> => (await client.start("limited", { v })).run.runId;
    // As if it were on another machine, or its death would be noticed at once.
    const dying = await startProgram(
      "limited.tsx",
      [address, ledgerFile, `${LEASE_MS}`, "hang"],
      ["elsewhere.mjs"],
    );
    children.push(dying);
    const runs = [await startRun(0), await startRun(1)];
    while (ledger(ledgerFile).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const other = await startProgram("limited.tsx", [address, ledgerFile, `${LEASE_MS}`]);
    children.push(other);
    const third = await startRun(2);
    for await (const _ of client.follow(third)) {
      const [step] = stepsOf(await client.view(third));
      if (step?.status === "waiting") break;
    }
    expect(await store.readLimit("two")).toMatchObject({ slots: 2, waiting: 1 });
    const killedAt = Date.now();
    dying.kill("SIGKILL");
    await once(dying, "exit");
    expect(await client.waitForEnd(third)).toMatchObject({ status: "completed", output: 2 });
    for (const [v, runId] of runs.entries())
      expect(await client.waitForEnd(runId)).toMatchObject({ status: "completed", output: v, recoveries: 1 });
    expect(await store.readLimit("two")).toMatchObject({ waiting: 0 });
    const started = ledger(ledgerFile).find(({ v }) => v === 2);
    return (started?.at ?? Infinity) - killedAt;
  } finally {
    await store.close();
  }
}

function ledger(file: string): readonly { readonly v: number; readonly at: number }[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ").map(Number))
    .map(([, v = 0, at = 0]) => ({ v, at }));
}
