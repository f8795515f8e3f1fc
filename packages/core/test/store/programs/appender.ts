/**
 * Appends to a run of its own without pause, `count` records at a time, and tells the number of each event it was
 * acknowledged, on a line of its own. Never ends by itself.
 */
import { createSqliteStore } from "@alder/core/sqlite";

const [path, queue, count] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4])];
const store = createSqliteStore({ path });
const created = await store.createRun({ workflow: "endless", queue, input: null });
if (created.outcome === "conflict") throw new Error("no key was given");
const request = { worker: queue, queues: [queue], limit: 1, leaseMs: 600_000, idle: true };
const [claim] = (await store.claim(request)).claims;
if (!claim) throw new Error("another has the run");
process.stdout.write(`${claim.token.runId} ${claim.token.fence}\n`);

for (let after = claim.tail; ; after += count) {
  const records = Array.from({ length: count }, (_, index) => ({
    event: { type: "status", message: `${after + index + 1}`, step: null } as const,
    entry: { t: "said", key: `${after + index + 1}` },
  }));
  const result = await store.append({ token: claim.token, after, records, progress: true });
  if (result.outcome !== "written") throw new Error(result.outcome);
  // What was told was acknowledged, whatever happens next.
  process.stdout.write(`${after + count}\n`);
}
