/**
 * An API process is killed in the middle of what it answers, beside another one: the client's next request meets the same
 * run there, and a reader goes on from its cursor without gap or repeat (E9).
 */
import { fileURLToPath } from "node:url";
import { emptyView, foldAll, textOf, type RunEvent } from "@alder/core/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseFrames } from "../sse.ts";
import { expectWhole, kinds, openPlace, readLedger, type Place } from "./open-place.ts";
import { createCli, type CliProcess } from "./start-cli.ts";

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const JOBS = fileURLToPath(new URL("programs/jobs.tsx", import.meta.url));
const WORDS = 40;
const STARTS = 60;
const cli = createCli();

type Api = CliProcess & { readonly url: string };

describe.each(kinds)("on %s", (kind) => {
  let place: Place;
  let first: Api;
  let second: Api;
  beforeEach(async () => {
    place = await openPlace(kind);
    const worker = cli.startWorker([JOBS, ...place.given], { ALDER_LEDGER: place.ledgerFile });
    [first, second] = await Promise.all([cli.startApi(place.given), cli.startApi(place.given), worker]);
  });
  afterEach(async () => {
    await cli.killAll();
    await place.close();
  });

  async function killFirst(): Promise<void> {
    first.child.kill("SIGKILL");
    await first.exited;
  }

  test("during a call that waits for the output: the same call, made again, gets it", async () => {
    const call = (url: string): Promise<Response> =>
      post(
        `${url}/workflows/slow/runs`,
        { steps: 3, pauseMs: 700 },
        { prefer: "wait=60", "idempotency-key": "one" },
      );
    const cut = call(first.url).then(
      () => "answered",
      () => "cut",
    );
    await vi.waitFor(async () => expect(await executedSteps(place)).toBeGreaterThan(0), 30_000);
    await killFirst();
    expect(await cut).toBe("cut");

    const answered = await call(second.url);
    expect(answered.status).toBe(200);
    const result = (await answered.json()) as { runId: string };
    expect(result).toMatchObject({ status: "completed", output: 3 });
    const { runs } = await place.client.list({ limit: 10 });
    expect(runs.map(({ runId }) => runId)).toEqual([result.runId]);
    expect([...readLedger(place.ledgerFile).values()]).toEqual([1, 1, 1]);
  });

  test("during a stream: its reader goes on from its cursor at the other", async () => {
    const response = await post(
      `${first.url}/workflows/tell/runs`,
      { words: WORDS, pauseMs: 100 },
      { accept: "text/event-stream", "idempotency-key": "two" },
    );
    const before = await readUntilCut(response, async (text) => {
      if (text.split('"chunk"').length > 4) await killFirst();
    });
    const last = before.at(-1)!;
    expect(before.some(({ data }) => "type" in data && data.type === "run.completed")).toBe(false);

    const { runId } = (await place.client.list({ limit: 1 })).runs[0]!;
    const resumed = await fetch(`${second.url}/runs/${runId}/events`, {
      headers: { accept: "text/event-stream", "last-event-id": last.id! },
    });
    const after = parseFrames(await resumed.text());
    const events = [...before, ...after].map(({ data }) => data as RunEvent);
    expectWhole(events);
    expect(events).toEqual(await place.events(runId));
    const text = textOf(foldAll(emptyView(runId), events), "Speak");
    expect(text).toBe(Array.from({ length: WORDS }, (_, index) => `${index} `).join(""));
  });

  test("during starts with idempotency keys: each key has one run, whether or not its first answer came", async () => {
    const start = async (url: string, index: number): Promise<string> => {
      const headers = { "idempotency-key": `key ${index}` };
      const answer = await post(`${url}/workflows/job/runs`, { name: `${index}`, pauseMs: 0 }, headers);
      return ((await answer.json()) as { runId: string }).runId;
    };
    // It dies with the first answers on their way, and others not yet given.
    const told = await Promise.all(
      Array.from({ length: STARTS }, async (_, index) => {
        const runId = await start(first.url, index).catch(() => undefined);
        first.child.kill("SIGKILL");
        return runId;
      }),
    );
    await first.exited;
    expect(told.filter((runId) => runId !== undefined).length).toBeGreaterThan(0);
    expect(told).toContain(undefined);

    const again = await Promise.all(told.map((_, index) => start(second.url, index)));
    expect(new Set(again).size).toBe(STARTS);
    for (const [index, runId] of told.entries()) {
      if (runId !== undefined) expect(again[index]).toBe(runId);
    }
    const { runs } = await place.client.list({ limit: 2 * STARTS });
    expect(runs.map(({ runId }) => runId).toSorted()).toEqual(again.toSorted());
    for (const [index, runId] of again.entries()) {
      const output = `${index} left! ${index} right!!`;
      expect(await place.client.waitForEnd(runId)).toMatchObject({ status: "completed", output });
    }
  });
});

function post(url: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function executedSteps({ client }: Place): Promise<number> {
  const [run] = (await client.list({ limit: 1 })).runs;
  if (run === undefined) return 0;
  const { steps } = await client.view(run.runId);
  return Object.values(steps).filter(({ status }) => status === "completed").length;
}

/** The frames that came whole before the connection broke. */
async function readUntilCut(response: Response, look: (text: string) => Promise<void>) {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of response.body!) {
      text += decoder.decode(bytes, { stream: true });
      await look(text);
    }
  } catch {
    // A connection that breaks is what is asked for.
  }
  return parseFrames(text.slice(0, text.lastIndexOf("\n\n") + 2));
}
