// Invariant 5 of `run-feed`: a page that nobody sees has no connection.
import { emptyView, foldAll } from "@alder/core/protocol";
import { createClient, type Client, type RunHandle, type Visibility } from "@alder/react-client";
import { beforeEach, expect, test } from "vitest";
import { completed, queued, running, stamp, status } from "../support/events.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";
import {
  createScriptedStreams,
  settle,
  snapshotFrame,
  type ScriptedStreams,
} from "../support/scripted-streams.ts";

const events = stamp([queued, running, status("one"), status("two"), completed]);

let clock: TestClock;
let streams: ScriptedStreams;
let client: Client;
let run: RunHandle;
let isHidden: boolean;
let watchers: Set<() => void>;

const visibility: Visibility = {
  isHidden: () => isHidden,
  watch: (onChange) => {
    watchers.add(onChange);
    return () => void watchers.delete(onChange);
  },
};

function open(hiddenMs?: number): void {
  client = createClient({
    url: "http://api.test",
    fetch: streams.fetch,
    clock,
    random: () => 1,
    visibility,
    ...(hiddenMs === undefined ? {} : { hiddenMs }),
  });
  run = client.run("r");
}

beforeEach(() => {
  clock = createTestClock();
  streams = createScriptedStreams();
  isHidden = false;
  watchers = new Set();
  open();
});

async function advance(ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

async function show(isShown: boolean): Promise<void> {
  isHidden = !isShown;
  for (const watcher of Array.from(watchers)) watcher();
  await settle();
}

async function read(seq: number): Promise<void> {
  streams.last().accept();
  streams.last().frame(snapshotFrame(foldAll(emptyView("r"), events.slice(0, seq))));
  await settle();
}

test("hidden for five seconds it is dropped, and seen again it goes on where it was, to the end", async () => {
  const told: string[] = [];
  run.subscribe(() => {
    const { connection } = run.getSnapshot();
    if (connection !== told.at(-1)) told.push(connection);
  });
  await read(3);
  await show(false);
  await advance(4999);
  expect(streams.open()).toBe(1);
  await advance(1);
  expect(streams.open()).toBe(0);
  // The run's state is untouched.
  expect(run.getSnapshot()).toMatchObject({
    connection: "idle",
    connectionError: null,
    view: { status: "running", message: "one" },
  });
  await advance(3_600_000);
  expect(streams.opened).toHaveLength(1);

  await show(true);
  expect(streams.opened).toHaveLength(2);
  expect(streams.last().path).toContain("?after=3-1");
  streams.last().accept();
  streams.last().event(...events.slice(3));
  await settle();
  expect(run.getSnapshot()).toMatchObject({
    connection: "closed",
    view: { status: "completed", output: "done" },
  });
  expect(told).toEqual(["connecting", "open", "idle", "connecting", "open", "closed"]);
});

test("hidden for less, it stays", async () => {
  run.subscribe(() => {});
  await read(3);
  await show(false);
  await advance(4000);
  await show(true);
  await advance(4000);
  await show(false);
  await advance(4000);
  expect(streams.opened).toHaveLength(1);
  expect(streams.open()).toBe(1);
});

test("a page that was opened unseen is read for as long, and one more reader does not wake it", async () => {
  isHidden = true;
  run.subscribe(() => {});
  await read(3);
  await advance(5000);
  expect(streams.open()).toBe(0);
  run.subscribe(() => {});
  expect(streams.opened).toHaveLength(1);
  await show(true);
  expect(streams.opened).toHaveLength(2);
});

test("what waits for its turn to reconnect is dropped, too", async () => {
  run.subscribe(() => {});
  await show(false);
  await advance(4900);
  streams.last().fail();
  await settle();
  await advance(100);
  expect(run.getSnapshot()).toMatchObject({ connection: "idle", connectionError: null });
  await advance(60_000);
  expect(streams.opened).toHaveLength(1);
});

test("what was closed, refused or left while hidden is not opened again", async () => {
  run.subscribe(() => {});
  await read(3);
  const refused = client.run("refused");
  refused.subscribe(() => {});
  streams.last().refuse(404, { code: "unknown_run", detail: "No." });
  await settle();
  const left = client.run("left");
  const leave = left.subscribe(() => {});
  await show(false);
  await advance(5000);
  expect(refused.getSnapshot().connection).toBe("failed");
  run.close();
  expect(run.getSnapshot().connection).toBe("closed");
  leave();
  await show(true);
  expect(streams.opened).toHaveLength(3);
  await advance(1000);
  expect(streams.opened).toHaveLength(3);
  expect(left.getSnapshot().connection).toBe("idle");
});

test("with Infinity it is never dropped", async () => {
  open(Number.POSITIVE_INFINITY);
  run.subscribe(() => {});
  await read(3);
  await show(false);
  await advance(40_000);
  expect(run.getSnapshot().connection).toBe("open");
  expect(streams.open()).toBe(1);
});

test("nothing is watched when nobody looks on", async () => {
  const leave = run.subscribe(() => {});
  await read(3);
  expect(watchers.size).toBe(1);
  leave();
  await advance(1000);
  expect(watchers.size).toBe(0);
});
