// Several processes on one file, as they are: real ones.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { START } from "@alder/core/protocol";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drivers } from "../drivers.ts";
import { createFolder, openDatabase, own, type Folder } from "./opened.ts";

let folder: Folder;
let path: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = createFolder();
  path = folder.path("runs.db");
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  folder.remove();
});

interface Appender {
  readonly child: ChildProcess;
  readonly runId: string;
  readonly fence: number;
  /** Number of the last event it was acknowledged. */
  readonly acknowledged: () => number;
}

async function startAppender(queue: string, count: number): Promise<Appender> {
  const program = new URL("../programs/appender.ts", import.meta.url).pathname;
  const args = ["--conditions=alder-source", "--import", "tsx", program, path, queue, `${count}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface(child.stdout);
  let last = 0;
  const [first] = (await once(lines, "line")) as [string];
  lines.on("line", (line) => (last = Number(line)));
  const [runId, fence] = first.split(" ");
  return { child, runId: runId!, fence: Number(fence), acknowledged: () => last };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}

describe.each(drivers)("on %s", (driver) => {
  let store: Store;
  beforeEach(() => {
    store = createSqliteStore({ path, driver });
  });
  afterEach(() => store.close());

  test("5. what was acknowledged survives a kill at any moment", async () => {
    for (let round = 0; round < 8; round++) {
      const appender = await startAppender(`queue ${round}`, 3);
      while (appender.acknowledged() < 10) await pause(1);
      await pause(Math.random() * 20);
      await kill(appender.child);
      const { runId, fence } = appender;
      const page = await store.readEvents(runId, START, 1_000_000);
      const events = page.outcome === "events" ? page.events : [];
      // Every append is there whole or not at all: the last one may have been kept without its answer.
      expect(events.length).toBeGreaterThanOrEqual(appender.acknowledged());
      expect((events.length - 2) % 3).toBe(0);
      for (const [index, event] of events.entries()) {
        if (index < 2) continue;
        expect(event).toMatchObject({ seq: index + 1, fence, message: `${index + 1}` });
      }
      expect(await store.readRun(runId)).toMatchObject({ tail: { seq: events.length, fence } });
    }
    const database = openDatabase(path, driver);
    expect(database.prepare("PRAGMA integrity_check").get()).toMatchObject({ integrity_check: "ok" });
    database.close();
  });

  test("2. beside processes that never stop appending, leases are kept and runs are claimed", async () => {
    // Long for a heartbeat that gets in, on a machine however busy; short for one that waits behind appends.
    const leaseMs = 5_000;
    const worker = { id: "patient", workflows: [], queues: [], build: "1", concurrency: 1 };
    const { token } = await own(store);
    const beat = () => store.heartbeat({ worker, tokens: [token], leaseMs });
    await beat();
    const appenders = [await startAppender("small", 1), await startAppender("large", 200)];
    const before = appenders.map(({ acknowledged }) => acknowledged());
    const keep = async (): Promise<void> => {
      for (let beats = 0; beats < 12; beats++) {
        await pause(200);
        // Had a lease not been renewed in time, it would be lost here.
        expect((await store.reap()).expired).toBe(0);
        expect((await beat()).lost).toEqual([]);
      }
    };
    const claim = async (): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        await store.createRun({ workflow: "article", queue: "default", input: {} });
        const request = { worker: "patient", queues: ["default"], limit: 1, leaseMs: 600_000, idle: true };
        expect((await store.claim(request)).claims.length).toBe(1);
        await pause(20);
      }
    };
    await beat();
    await Promise.all([keep(), claim()]);
    // They got on meanwhile, both of them.
    for (const [index, { acknowledged }] of appenders.entries()) {
      expect(acknowledged()).toBeGreaterThan(before[index]! + 10);
    }
  });

  test("what another process writes is told to those that watch", async () => {
    const appender = await startAppender("small", 1);
    let calls = 0;
    const unwatch = store.watchRun(appender.runId, () => calls++);
    while (calls < 3) await pause(1);
    unwatch();
    const tail = (await store.readRun(appender.runId))?.tail.seq ?? 0;
    expect(tail).toBeGreaterThan(2);
  });
});
