/** A sequential durable step on Redis, next to bare fenced appends of the same records by the same script. */
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import type { RecordInput, Store } from "@alder/core/store";
import { median } from "../median.ts";
import { startChild } from "./processes/child.ts";
import type { Sizes } from "./sizes.ts";

export async function benchDurableStep(url: string, { steps, rounds }: Sizes): Promise<void> {
  const store = createRedisStore({ url });
  const client = createStoreClient(store);
  const worker = await startChild("worker.ts", { url, concurrency: 1 });
  const bare: number[] = [];
  const durable: number[] = [];
  const durably = async (): Promise<number> => {
    const { run } = await client.start("count", { steps });
    const view = await client.waitForEnd(run.runId);
    if (view.output !== steps || view.startedAt === null || view.endedAt === null)
      throw new Error(view.status);
    // From its first event of a worker to its last, as the store dates them.
    return ((view.endedAt - view.startedAt) / steps) * 1000;
  };
  await durably();
  for (let round = 0; round < rounds; round++) {
    bare.push(await appendBarely(store, steps));
    durable.push(await durably());
  }
  await worker.stop();
  await store.close();
  const ratio = median(durable.map((time, round) => time / bare[round]!));
  console.log(`step: sequential durable step on Redis, ${steps} steps, median of ${rounds}:`);
  console.log(
    `  µs   bare fenced append ${median(bare).toFixed(0)}   durable step ${median(durable).toFixed(0)}   ratio ${ratio.toFixed(2)}`,
  );
}

/** Microseconds an append. */
async function appendBarely(store: Store, appends: number): Promise<number> {
  await store.createRun({ workflow: "bare", queue: "bare", input: {} });
  const request = { worker: "bench", queues: ["bare"], limit: 1, leaseMs: 600_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (claim === undefined) throw new Error("nothing to claim");
  const { token } = claim;
  let after = claim.tail;
  const started = performance.now();
  for (let step = 0; step < appends; step++) {
    const records = recordsOfStep(step);
    const result = await store.append({ token, after, records, progress: true });
    if (result.outcome !== "written") throw new Error(result.outcome);
    after += records.length;
  }
  const tookMs = performance.now() - started;
  const last: RecordInput = { event: { type: "run.completed", output: null } };
  await store.finish({ token, after, records: [last], progress: true, status: "completed" });
  return (tookMs / appends) * 1000;
}

/** As long as those of the workflow. */
function recordsOfStep(value: number): RecordInput[] {
  const id = `${value}`.padStart(22, "0");
  const started = { step: id, parent: null, name: "Increment", key: null, kind: "component" as const };
  const scope = "scope-0123456789abcdef";
  return [
    { event: { type: "step.started", ...started, place: [value], attempt: 1 } },
    {
      event: { type: "step.completed", step: id, output: value },
      entry: { t: "ok", id, scope, name: "Increment", props: `{"value":${value}}`, value },
    },
  ];
}
