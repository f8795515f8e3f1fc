// Store time, when the machine's clock is set back.
import { START } from "@alder/core/protocol";
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import { expect, test } from "vitest";
import { message, own } from "./sqlite/opened.ts";

test("times within a run never go back, and a fence is newer than all before", async () => {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const first = await own(store);
  clock.advance(60_000);
  await store.append(message(first, "a"));
  clock.advance(-3_600_000);
  await store.append(message(first, "b", 3));
  await store.sendSignal(first.token.runId, { id: "1", name: "go", payload: null });
  await store.release(message(first, "c", 4));
  const request = { worker: "w", queues: ["default"], limit: 1, leaseMs: 1_000, idle: true };
  const [second] = (await store.claim(request)).claims;
  expect(second?.token.fence).toBeGreaterThan(first.token.fence);
  await store.finish({
    ...message(second!, "d"),
    records: [{ event: { type: "run.completed", output: null } }],
    status: "completed",
  });
  const page = await store.readEvents(first.token.runId, START, 100);
  const times = page.outcome === "events" ? page.events.map(({ at }) => at) : [];
  expect(times.length).toBe(7);
  expect(times).toEqual(times.toSorted((left, right) => left - right));
  const run = await store.readRun(first.token.runId);
  expect(run?.endedAt).toBe(times.at(-1));
});
