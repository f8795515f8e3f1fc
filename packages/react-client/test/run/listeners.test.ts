// Invariant 4 of `run-feed`: what listeners throw is theirs.
import { createClient, type RunHandle } from "@alder/react-client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { completed, queued, running, stamp, status } from "../support/events.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";
import { createScriptedStreams, settle, type ScriptedStreams } from "../support/scripted-streams.ts";

const events = stamp([queued, running, status("one"), completed]);
const mistake = new Error("of the page");
const fail = (): never => {
  throw mistake;
};

let clock: TestClock;
let streams: ScriptedStreams;
let run: RunHandle;
const report = vi.fn<(error: unknown) => void>();

beforeEach(() => {
  vi.stubGlobal("reportError", report);
  clock = createTestClock();
  streams = createScriptedStreams();
  run = createClient({ url: "http://api.test", fetch: streams.fetch, clock, random: () => 1 }).run("r");
});

afterEach(() => {
  vi.unstubAllGlobals();
  report.mockReset();
});

async function send(...sent: typeof events): Promise<void> {
  streams.last().event(...sent);
  await settle();
}

test("an event listener that throws is reported, and the run is read to its end", async () => {
  const seen: number[] = [];
  run.onEvent(fail);
  run.onEvent(({ seq }) => seen.push(seq));
  streams.last().accept();
  await send(...events.slice(0, 2));
  expect(run.getSnapshot()).toMatchObject({ connection: "open", connectionError: null, view: { seq: 2 } });
  await send(...events.slice(2));
  expect(run.getSnapshot()).toMatchObject({ connection: "closed", view: { status: "completed" } });
  expect(seen).toEqual([1, 2, 3, 4]);
  expect(report.mock.calls).toEqual([[mistake], [mistake], [mistake], [mistake]]);
  expect(streams.opened).toHaveLength(1);
});

test("an event comes with the view that it and what came with it lead to", async () => {
  const seqs: [number, number][] = [];
  run.onEvent(({ seq }, view) => seqs.push([seq, view.seq]));
  streams.last().accept();
  await send(...events.slice(0, 2));
  await send(events[2]!);
  expect(seqs).toEqual([
    [1, 2],
    [2, 2],
    [3, 3],
  ]);
});

test("a listener that throws while it subscribes keeps no connection open", async () => {
  const leave = run.subscribe(fail);
  expect(report).toHaveBeenCalledWith(mistake);
  streams.last().accept();
  await send(events[0]!);
  clock.advance(50);
  expect(run.getSnapshot()).toMatchObject({ connection: "open", view: { seq: 1 } });
  leave();
  clock.advance(1000);
  await settle();
  expect(streams.open()).toBe(0);
});
