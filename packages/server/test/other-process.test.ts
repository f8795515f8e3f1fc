import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emptyView, foldAll, textOf, toCursor, type RunEvent } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { serve, type ApiServer } from "@alder/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { articleManifest } from "../../core/test/client/hand-worker.ts";
import { openStoreAt } from "../../core/test/store/open-store-at.ts";
import { emptyAddress } from "../../core/test/store/open-test-store.ts";
import { parseFrames, readUntil } from "./sse.ts";

const CHUNKS = 300;
const writer = fileURLToPath(new URL("other-process/writer.ts", import.meta.url));

let folder: string;
let address: string;
let store: Store;
let server: ApiServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "alder-server-"));
  address = await emptyAddress(folder);
  store = openStoreAt(address);
  await store.publishManifests([articleManifest]);
  server = await serve({ store, port: 0 });
});

afterEach(async () => {
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function startElsewhere(): Promise<{ runId: string; ended: Promise<unknown> }> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: `{"topic":"a"}` };
  const response = await fetch(`${server.url}/workflows/article/runs`, init);
  const { runId } = (await response.json()) as { runId: string };
  const child = spawn(
    process.execPath,
    ["--conditions=alder-source", "--import", "tsx", writer, address, String(CHUNKS)],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  return { runId, ended: once(child, "exit") };
}

function expectWhole(runId: string, events: readonly RunEvent[]): void {
  expect(events.map((event) => event.seq)).toEqual(
    Array.from({ length: CHUNKS + 5 }, (_, index) => index + 1),
  );
  const view = foldAll(emptyView(runId), events);
  expect(view).toMatchObject({ status: "completed", output: "written elsewhere" });
  expect(textOf(view, "Draft")).toBe(Array.from({ length: CHUNKS }, (_, index) => `${index} `).join(""));
}

test("a stream brings what another process writes", async () => {
  const { runId, ended } = await startElsewhere();
  const headers = { accept: "text/event-stream" };
  const response = await fetch(`${server.url}/runs/${runId}/events`, { headers });
  const frames = parseFrames(await response.text());
  expectWhole(
    runId,
    frames.map(({ data }) => data as RunEvent),
  );
  expect(await ended).toEqual([0, null]);
});

test("a reader that is cut again and again misses nothing of it, and hears nothing twice", async () => {
  const { runId, ended } = await startElsewhere();
  const events: RunEvent[] = [];
  while (events.at(-1)?.type !== "run.completed") {
    const last = events.at(-1);
    const headers = { accept: "text/event-stream", ...(last && { "last-event-id": toCursor(last) }) };
    const response = await fetch(`${server.url}/runs/${runId}/events`, { headers });
    const reader = response.body!.getReader();
    const text = await readUntil(reader, (read) => read.length > 2000);
    await reader.cancel();
    // What was cut in the middle of a frame does not count.
    const whole = text.slice(0, text.lastIndexOf("\n\n") + 2);
    events.push(...parseFrames(whole).map(({ data }) => data as RunEvent));
  }
  expectWhole(runId, events);
  await ended;
});

test("a long poll brings it, too", async () => {
  const { runId, ended } = await startElsewhere();
  const events: RunEvent[] = [];
  let cursor = "";
  while (events.at(-1)?.type !== "run.completed") {
    const response = await fetch(`${server.url}/runs/${runId}/events?wait=30&after=${cursor}`);
    const page = (await response.json()) as { events: RunEvent[]; cursor: string };
    events.push(...page.events);
    cursor = page.cursor;
  }
  expectWhole(runId, events);
  await ended;
});
