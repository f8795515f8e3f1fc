/** E8: what breaks React in a process ends the process. Its runs are recovered, as after any crash, and none fails at once. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient } from "@alder/core/client";
import { expect, test } from "vitest";
import { openStoreAt } from "../store/open-store-at.ts";
import { startProgram } from "./start-program.ts";

test("a process whose React is broken ends, and no run fails for it", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "alder-broken-"));
  const file = join(folder, "alder.db");
  const store = openStoreAt(file);
  const client = createStoreClient(store);
  const worker = await startProgram("broken-react.tsx", [file], [], "ignore");
  try {
    const runs = [await client.start("Innocent", {}), await client.start("Breaks", {})];
    const [code] = (await once(worker, "exit")) as [number | null];
    expect(code).not.toBe(0);
    for (const { run } of runs) expect((await client.run(run.runId)).status).toBe("running");
  } finally {
    worker.kill("SIGKILL");
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
