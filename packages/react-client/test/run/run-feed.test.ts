import { emptyView, foldAll, type RunEvent } from "@alder/core/protocol";
import { createClient, type Client, type RunHandle } from "@alder/react-client";
import { beforeEach, describe, expect, test } from "vitest";
import { completed, queued, running, stamp, status } from "../support/events.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";
import {
  createScriptedStreams,
  settle,
  snapshotFrame,
  type ScriptedStreams,
} from "../support/scripted-streams.ts";

const events = stamp([queued, running, status("one"), status("two"), completed]);
const viewAt = (seq: number) => foldAll(emptyView("r"), events.slice(0, seq));

let clock: TestClock;
let streams: ScriptedStreams;
let client: Client;
let run: RunHandle;

beforeEach(() => {
  clock = createTestClock();
  streams = createScriptedStreams();
  client = createClient({ url: "http://api.test", fetch: streams.fetch, clock, random: () => 1 });
  run = client.run("r");
});

async function advance(ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

describe("invariant 1: one connection", () => {
  test("nothing is asked before somebody looks on", async () => {
    expect(run.getSnapshot()).toMatchObject({ runId: "r", connection: "idle", view: { seq: 0 } });
    await settle();
    expect(streams.opened).toHaveLength(0);
  });

  test("however many look on, through however many handles", async () => {
    for (let reader = 0; reader < 10; reader++)
      client.run("r", { throttleMs: reader * 10 }).subscribe(() => {});
    client.run("r").onEvent(() => {});
    expect(streams.opened).toHaveLength(1);
  });

  test("it is kept for a second after the last has left", async () => {
    const leave = run.subscribe(() => {});
    leave();
    await advance(999);
    const leaveAgain = run.subscribe(() => {});
    await advance(60);
    expect(streams.opened).toHaveLength(1);
    expect(streams.open()).toBe(1);
    leaveAgain();
    leaveAgain();
    await advance(1000);
    expect(streams.open()).toBe(0);
    expect(run.getSnapshot().connection).toBe("idle");
  });

  test("one that was refused is asked for again by who comes later, at once and for all", async () => {
    run.subscribe(() => {});
    streams.last().refuse(401);
    await settle();
    expect(run.getSnapshot()).toMatchObject({
      connection: "failed",
      connectionError: { code: "http_error" },
    });
    await advance(60_000);
    expect(streams.opened).toHaveLength(1);
    client.run("r").subscribe(() => {});
    client.run("r").subscribe(() => {});
    expect(streams.opened).toHaveLength(2);
    streams.last().accept();
    streams.last().frame(snapshotFrame(viewAt(3)));
    await advance(60);
    expect(run.getSnapshot()).toMatchObject({
      connection: "open",
      connectionError: null,
      view: { message: "one" },
    });
  });

  test("who leaves twice has left once", async () => {
    const leave = run.subscribe(() => {});
    run.subscribe(() => {});
    leave();
    leave();
    await advance(5000);
    expect(streams.open()).toBe(1);
  });

  test("who comes back later goes on where it was", async () => {
    const leave = run.subscribe(() => {});
    streams.last().accept();
    streams.last().frame(snapshotFrame(viewAt(3)));
    await settle();
    leave();
    await advance(1000);
    const { view } = client.run("r").getSnapshot();
    expect(view.message).toBe("one");
    client.run("r").subscribe(() => {});
    expect(streams.last().path).toContain("?after=3-1");
  });

  test("of the runs that nobody looks at, the oldest are forgotten", async () => {
    const read = async (runId: string): Promise<void> => {
      const leave = client.run(runId).subscribe(() => {});
      streams.last().accept();
      streams.last().frame(snapshotFrame({ ...viewAt(3), runId }));
      await settle();
      leave();
      await advance(1000);
    };
    const keep = client.run("kept").subscribe(() => {});
    for (let index = 0; index <= 20; index++) await read(`r${index}`);
    expect(client.run("r20").getSnapshot().view.seq).toBe(3);
    expect(client.run("r0").getSnapshot().view.seq).toBe(0);
    expect(client.run("kept").getSnapshot().connection).toBe("connecting");
    keep();
  });

  test("closed, it stays so until somebody new looks on", async () => {
    run.subscribe(() => {});
    run.close();
    expect(run.getSnapshot().connection).toBe("closed");
    await advance(60_000);
    expect(streams.opened).toHaveLength(1);
    run.subscribe(() => {});
    expect(streams.opened).toHaveLength(2);
  });

  test("a run that has ended needs none", async () => {
    const leave = run.subscribe(() => {});
    streams.last().accept();
    streams.last().frame(snapshotFrame(viewAt(5)));
    await settle();
    leave();
    await advance(1000);
    run.subscribe(() => {});
    expect(run.getSnapshot().connection).toBe("closed");
    expect(streams.opened).toHaveLength(1);
  });
});

describe("what is read", () => {
  test("begins with a snapshot, and goes on with events, each told once and in order", async () => {
    const seen: RunEvent[] = [];
    run.onEvent((event) => seen.push(event));
    expect(streams.last().path).toContain("?snapshot=1");
    streams.last().accept();
    streams.last().frame(snapshotFrame(viewAt(2)));
    streams.last().event(events[1]!, events[2]!);
    await settle();
    expect(run.getSnapshot().view).toEqual(viewAt(3));
    expect(seen).toEqual([events[2]]);
  });

  test("is told at once where a person is waited for, and else throttled", async () => {
    const told: (string | number | null)[] = [];
    run.subscribe(() => {
      const { message, inputs } = run.getSnapshot().view;
      told.push(inputs.length > 0 ? inputs.length : message);
    });
    streams.last().accept();
    await settle();
    told.length = 0;
    streams.last().event(...events.slice(0, 2));
    await settle();
    streams.last().event(...events.slice(2, 4));
    await settle();
    expect(told).toEqual([null]);
    streams.last().event(...stamp([{ type: "input.requested", step: "w", name: "review" }], 4));
    await settle();
    expect(told).toEqual([null, 1]);
  });

  test("is told to events' listeners before it is told to others", async () => {
    const order: string[] = [];
    run.onEvent((event) => order.push(event.type));
    client.run("r", { throttleMs: 0 }).subscribe(() => order.push("state"));
    streams.last().accept();
    await settle();
    order.length = 0;
    streams.last().event(events[0]!, events[1]!);
    await settle();
    expect(order).toEqual(["run.queued", "run.started", "state"]);
  });
});

describe("invariant 3: a view without a future is replaced by a snapshot, and shown until then", () => {
  beforeEach(async () => {
    run.subscribe(() => {});
    streams.last().accept();
    streams.last().frame(snapshotFrame(viewAt(3)));
    await settle();
  });

  test.each<[string, () => void]>([
    ["reset", () => streams.last().frame({ type: "reset" })],
    ["event_gap", () => streams.last().event(events[4]!)],
  ])("after %s", async (code, break_) => {
    break_();
    await settle();
    expect(run.getSnapshot()).toMatchObject({ connection: "reconnecting", connectionError: { code } });
    expect(run.getSnapshot().view.message).toBe("one");
    await advance(300);
    expect(streams.last().path).toContain("?snapshot=1");
    // The stream was written anew, and is shorter now.
    const anew = foldAll(emptyView("r"), stamp([queued, status("other")]));
    streams.last().accept();
    streams.last().frame(snapshotFrame(anew));
    await settle();
    expect(run.getSnapshot().view).toEqual(anew);
    expect(run.getSnapshot().connectionError).toBeNull();
  });
});

describe("result", () => {
  const end = async (...last: RunEvent[]): Promise<void> => {
    streams.last().accept();
    streams.last().event(...events.slice(0, 4), ...last);
    await settle();
  };

  test("is the output", async () => {
    const result = run.result();
    await end(events[4]!);
    await expect(result).resolves.toBe("done");
    await expect(client.run("r").result()).resolves.toBe("done");
    await advance(1000);
    expect(streams.opened).toHaveLength(1);
  });

  test.each<[string, RunEvent]>([
    [
      "run_failed",
      stamp([{ type: "run.failed", error: { name: "E", message: "no", code: null, step: null } }], 4)[0]!,
    ],
    ["run_cancelled", stamp([{ type: "run.cancelled" }], 4)[0]!],
  ])("is %s", async (code, last) => {
    const result = run.result();
    result.catch(() => {});
    await end(last);
    await expect(result).rejects.toMatchObject({ code });
  });

  test("is why it cannot be read", async () => {
    const result = run.result();
    result.catch(() => {});
    streams.last().refuse(404, { code: "unknown_run", detail: "No." });
    await settle();
    await expect(result).rejects.toMatchObject({ code: "unknown_run" });
  });
});

describe("a view that is too large for a snapshot", () => {
  test("comes as its events, and goes on by cursor when the connection is lost", async () => {
    run.subscribe(() => {});
    expect(streams.last().path).toContain("snapshot=1");
    streams.last().accept();
    streams.last().event(...events.slice(0, 3));
    await settle();
    expect(run.getSnapshot().view).toMatchObject({ seq: 3, message: "one" });
    streams.last().end();
    await settle();
    await advance(60_000);
    expect(streams.last().path).toContain(`after=${viewAt(3).cursor}`);
    streams.last().accept();
    streams.last().event(...events.slice(3));
    await settle();
    expect(run.getSnapshot().view).toEqual(viewAt(5));
  });

  test("replaces what was known before a reset", async () => {
    run.subscribe(() => {});
    streams.last().accept();
    streams.last().frame(snapshotFrame({ ...viewAt(4), message: "of a tail that was lost" }));
    await settle();
    streams.last().frame({ type: "reset" });
    await settle();
    await advance(60_000);
    expect(streams.last().path).toContain("snapshot=1");
    streams.last().accept();
    streams.last().event(...events.slice(0, 3));
    await settle();
    expect(run.getSnapshot().view).toEqual(viewAt(3));
  });
});
