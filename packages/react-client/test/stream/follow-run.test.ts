// The invariants of `follow-run`, over streams that are filled and broken by hand.
import { createClient, type RunHandle } from "@alder/react-client";
import { beforeEach, describe, expect, test } from "vitest";
import { completed, queued, running, stamp, status } from "../support/events.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";
import { createScriptedStreams, settle, type ScriptedStreams } from "../support/scripted-streams.ts";

const events = stamp([queued, running, status("one"), status("two"), completed]);
const SECOND = 1000;

let clock: TestClock;
let streams: ScriptedStreams;
let wake: () => void;
let run: RunHandle;

beforeEach(async () => {
  clock = createTestClock();
  streams = createScriptedStreams();
  const client = createClient({
    url: "http://api.test/alder/",
    fetch: async (url, init) =>
      (url as string).endsWith("/workflows/article/runs")
        ? Response.json({ runId: "r 1", status: "queued", cursor: "1-1" }, { status: 202 })
        : streams.fetch(url, init),
    clock,
    random: () => 1,
    wake: (onWake) => {
      wake = onWake;
      return () => void (wake = () => {});
    },
  });
  run = await client.start("article");
  run.subscribe(() => {});
  await settle();
});

const connection = (): string => run.getSnapshot().connection;
const errorCode = (): string | undefined => run.getSnapshot().connectionError?.code;

async function advance(ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

/** Opens the newest stream and sends these events. */
async function open(...sent: typeof events): Promise<void> {
  streams.last().accept();
  if (sent.length > 0) streams.last().event(...sent);
  await settle();
}

test("a stream is read to its end, and no longer", async () => {
  expect(connection()).toBe("connecting");
  expect(streams.last().path).toBe("http://api.test/alder/runs/r%201/events?after=0-0");
  await open(...events.slice(0, 2));
  expect(connection()).toBe("open");
  streams.last().event(...events.slice(2));
  await settle();
  expect(run.getSnapshot()).toMatchObject({ connection: "closed", connectionError: null });
  expect(run.getSnapshot().view).toMatchObject({ status: "completed", output: "done" });
  expect(streams.last().signal.aborted).toBe(true);
  await advance(3600 * SECOND);
  wake();
  expect(streams.opened).toHaveLength(1);
});

describe("invariant 1: one connection at a time", () => {
  test("what a connection that was given up still delivers is not looked at", async () => {
    await open(events[0]!);
    streams.last().end();
    await settle();
    streams.ignoresAborts = true;
    await advance(300);
    const old = streams.last();
    await open();
    await advance(45 * SECOND);
    await advance(SECOND);
    expect(streams.opened).toHaveLength(3);
    await open();
    old.event(...events.slice(1, 3));
    await settle();
    expect(run.getSnapshot()).toMatchObject({ connection: "open", view: { seq: 1 } });
    old.end();
    await settle();
    expect(connection()).toBe("open");
  });
});

describe("invariant 2: a lost connection is opened again where reading stopped", () => {
  test("after its end", async () => {
    await open(...events.slice(0, 3));
    streams.last().end();
    await settle();
    expect(connection()).toBe("reconnecting");
    expect(errorCode()).toBe("connection_lost");
    expect(run.getSnapshot().view.status).toBe("running");
    await advance(300);
    expect(streams.last().path).toContain("?after=3-1");
    await open();
    expect(run.getSnapshot()).toMatchObject({ connection: "open", connectionError: null });
  });

  test("with pauses that double while nothing new is read, and begin anew when something is", async () => {
    const pauses: number[] = [];
    const pause = async (): Promise<void> => {
      const before = streams.opened.length;
      let ms = 0;
      for (; streams.opened.length === before; ms += 100) await advance(100);
      pauses.push(ms);
    };
    for (let failure = 0; failure < 9; failure++) {
      streams.last().fail();
      await settle();
      await pause();
    }
    // An answer and a ping alone are no success: a server may accept and break off for ever.
    await open();
    streams.last().ping();
    await settle();
    streams.last().end();
    await settle();
    await pause();
    expect(pauses).toEqual([300, 600, 1200, 2400, 4800, 9600, 19_200, 30_000, 30_000, 30_000]);

    await open(events[0]!);
    streams.last().end();
    await settle();
    await pause();
    expect(pauses.at(-1)).toBe(300);

    // Nor is one a failure that held for long, though the run had nothing to say.
    streams.last().fail();
    await settle();
    await pause();
    await open();
    for (let ping = 0; ping < 3; ping++) {
      streams.last().ping();
      await advance(15 * SECOND);
    }
    streams.last().end();
    await settle();
    await pause();
    expect(pauses.slice(-2)).toEqual([600, 300]);
  });

  test.each([
    ["seconds", "10", 503],
    ["a date", new Date(Date.UTC(2026, 0, 1) + 10 * SECOND).toUTCString(), 429],
  ])("not before what Retry-After says in %s, even when woken", async (_, header, code) => {
    streams.last().refuse(code, { code: "busy", detail: "Later." }, { "retry-after": header });
    await settle();
    expect(connection()).toBe("reconnecting");
    expect(errorCode()).toBe("busy");
    await advance(9 * SECOND);
    wake();
    expect(streams.opened).toHaveLength(1);
    await advance(SECOND);
    expect(streams.opened).toHaveLength(2);
  });

  test("after bytes that are no event", async () => {
    await open(events[0]!);
    streams.last().frame({ nonsense: true });
    await settle();
    expect(errorCode()).toBe("bad_frame");
    await advance(300);
    // What is shown may not be trusted to go on from.
    expect(streams.opened).toHaveLength(2);
  });
});

describe("invariant 3: silence is not trusted", () => {
  test("of a server that answers and then freezes", async () => {
    await open(events[0]!);
    await advance(44 * SECOND);
    streams.last().ping();
    await settle();
    await advance(44 * SECOND);
    expect(connection()).toBe("open");
    await advance(SECOND);
    expect(connection()).toBe("reconnecting");
    expect(errorCode()).toBe("connection_stalled");
    await advance(300);
    expect(streams.last().path).toContain("?after=1-1");
  });

  test("of a server that does not answer", async () => {
    await advance(45 * SECOND);
    expect(errorCode()).toBe("connection_stalled");
    expect(streams.opened[0]!.signal.aborted).toBe(true);
    await advance(300);
    expect(streams.opened).toHaveLength(2);
  });
});

describe("invariant 4: a refusal is final", () => {
  test.each([
    ["an unknown run", 404, "unknown_run"],
    ["no right to read", 401, "unauthorized"],
  ])("%s", async (_, code, name) => {
    streams.last().refuse(code, { code: name, detail: "No such run." });
    await settle();
    expect(run.getSnapshot()).toMatchObject({ connection: "failed", connectionError: { code: name } });
    expect(run.getSnapshot().connectionError?.message).toBe("No such run.");
    await advance(3600 * SECOND);
    wake();
    expect(streams.opened).toHaveLength(1);
  });

  test("what is no Alder API", async () => {
    streams.last().accept("text/html");
    await settle();
    expect(connection()).toBe("failed");
    expect(errorCode()).toBe("not_a_stream");
  });

  test.each([408, 425, 429, 500, 502, 503, 504])("but not a %i", async (code) => {
    streams.last().refuse(code);
    await settle();
    expect(connection()).toBe("reconnecting");
  });
});

describe("invariant 5: woken", () => {
  test("it does not wait any longer", async () => {
    streams.last().fail();
    await settle();
    wake();
    await settle();
    expect(streams.opened).toHaveLength(2);
    await advance(30 * SECOND);
    expect(streams.opened).toHaveLength(2);
  });

  test("it does not trust a connection that has missed a ping", async () => {
    await open(events[0]!);
    await advance(21 * SECOND);
    wake();
    await settle();
    expect(streams.opened).toHaveLength(2);
    expect(streams.opened[0]!.signal.aborted).toBe(true);
  });

  test("it leaves a good connection alone", async () => {
    await open(events[0]!);
    await advance(10 * SECOND);
    wake();
    await settle();
    expect(streams.opened).toHaveLength(1);
    expect(connection()).toBe("open");
  });
});
