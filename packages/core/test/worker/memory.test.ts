/** What a run that is parked or has ended leaves on its worker: nothing of its results. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("programs/left-behind.ts", import.meta.url));

test("50 MB of results are gone with their runs, whatever their steps left behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "alder-memory-"));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--expose-gc", "--conditions=alder-source", "--import", "tsx", PROGRAM, join(folder, "alder.db")],
      { env: { ...process.env, NODE_ENV: "production" } },
    );
    // About 15 are in use without any run; one run's results are 5.
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThan(40);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
