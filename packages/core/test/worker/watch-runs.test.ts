// Which runs a worker watches for signals.
import { component, waitFor, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import type { Store } from "@alder/core/store";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker } from "@alder/core/worker";
import { expect, test } from "vitest";
import { z } from "zod";
import { overlay } from "../client/hand-worker.ts";

const Say = component("Say", async ({ what }: { what: string }) => what);
const Short = workflow("short", async () => await Say.run({ what: "hello" }));
const Asks = workflow("asks", { input: z.object({}), signals: { go: z.null() } }, async () => {
  await waitFor("go");
  return await Say.run({ what: "gone" });
});

test("a run that is over soon is not watched, one that waits for a signal is, at once", async () => {
  const inner = createMemoryStore();
  const watched: string[] = [];
  let onWatched = (): void => {};
  const watchRun: Store["watchRun"] = (runId, onChange) => {
    watched.push(runId);
    onWatched();
    return inner.watchRun(runId, onChange);
  };
  const client = createStoreClient(inner);
  const store = overlay(inner, { watchRun });
  const worker = createWorker({ store, workflows: [Short, Asks], parkAfterMs: 60_000 });
  await worker.start();

  const short = await client.start("short", {});
  await client.waitForEnd(short.run.runId);
  const isWatched = new Promise<void>((resolve) => (onWatched = resolve));
  const asks = await client.start("asks", {});
  await isWatched;
  expect(watched).toEqual([asks.run.runId]);

  // Soon: by the watch, and not by a heartbeat, of which there is one a second.
  const sent = performance.now();
  await client.signal(asks.run.runId, "go", null);
  const view = await client.waitForEnd(asks.run.runId);
  expect(view.output).toBe("gone");
  expect(performance.now() - sent).toBeLessThan(900);
  await worker.stop();
});
