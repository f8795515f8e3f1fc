import { createStoreClient, type StoreClient } from "@alder/core/client";
import { hasEnded, type Cursor } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { createRunLines } from "./run-lines.ts";

/** How long a run may go unnoticed when the store does not tell of it. */
const lookAgainMs = 1_000;

/**
 * Prints a line for each thing that happens in any run until `signal` is aborted; from the moment it resolves nothing is
 * missed.
 */
export async function printRuns(
  store: Store,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  const client = createStoreClient(store);
  const followed = new Set<string>();
  let isFirstLook = true;

  const look = async () => {
    const { runs } = await client.list({ limit: 20 });
    for (const { runId, status } of runs) {
      if (followed.has(runId)) continue;
      followed.add(runId);
      if (isFirstLook && hasEnded(status)) continue;
      const after = isFirstLook ? (await client.run(runId)).tail : undefined;
      void follow(client, runId, { signal, ...(after && { after }) }, print).catch(complain);
    }
    isFirstLook = false;
  };
  const complain = (error: unknown) => {
    if (!signal.aborted) print(`cannot tell what happens: ${String(error)}`);
  };

  let looking = Promise.resolve();
  const lookSoon = () => {
    looking = looking.then(() => (signal.aborted ? undefined : look())).catch(complain);
  };
  const unwatch = store.watchQueues(lookSoon);
  const timer = setInterval(lookSoon, lookAgainMs);
  signal.addEventListener("abort", () => {
    unwatch();
    clearInterval(timer);
  });
  lookSoon();
  await looking;
}

async function follow(
  client: StoreClient,
  runId: string,
  options: { signal: AbortSignal; after?: Cursor },
  print: (line: string) => void,
): Promise<void> {
  const lines = createRunLines();
  if (options.after) {
    // What was before is not printed, but names what comes.
    for await (const { events } of client.follow(runId)) {
      for (const event of events) lines.toLine(event);
      if (events.at(-1)!.seq >= options.after.seq) break;
    }
  }
  for await (const { events } of client.follow(runId, options)) {
    for (const event of events) {
      const line = lines.toLine(event);
      if (line) print(`${toTime(event.at)}  ${toShortId(runId)}  ${line}`);
    }
  }
}

function toTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** The end of an id is what tells runs of one minute apart. */
function toShortId(runId: string): string {
  return runId.slice(-6);
}
