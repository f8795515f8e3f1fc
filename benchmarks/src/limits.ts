/** Limits on the embedded store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";
import { benchLimits } from "./limit-cost.ts";

export async function benchEmbeddedLimits(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const store = createSqliteStore({ path: join(folder, "bench.db") });
  try {
    await benchLimits("embedded store", store, { rounds: 5, permits: 1_000, waiting: [100, 10_000] });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
