import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, problemOf, transports, type Api } from "./harness.ts";

describe.each(transports)("starting a run %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(() => api.close());

  test("answers 202 with where to find it", async () => {
    const response = await api.post("/workflows/article/runs", { topic: "alders" });
    expect(response.status).toBe(202);
    const started = await response.json();
    expect(started).toEqual({
      runId: expect.any(String),
      status: "queued",
      cursor: "1-0",
      workers: { live: 1 },
    });
    expect(response.headers.get("location")).toBe(`/runs/${started.runId}`);
    const view = await (await api.request(`/runs/${started.runId}`)).json();
    expect(view).toMatchObject({ workflow: "article", input: { topic: "alders" }, status: "queued" });
  });

  test("leaves the input as it was given: defaults are the worker's", async () => {
    const run = await api.run("alders");
    expect(run.claim.input).toEqual({ topic: "alders" });
  });

  test("with no live worker is queued, and says that nobody is there", async () => {
    await api.worker.leave();
    const response = await api.post("/workflows/article/runs", { topic: "alders" });
    expect(response.status).toBe(202);
    const started = await response.json();
    const workers = { live: 0, notice: expect.stringContaining(`No worker is live that executes "article"`) };
    expect(started).toMatchObject({ status: "queued", workers });
    expect(await (await api.request(`/runs/${started.runId}`)).json()).toMatchObject({ workers });
    expect(await (await api.request("/workflows/article")).json()).toMatchObject({ workers: { live: 0 } });

    await api.worker.appear();
    const view = await (await api.request(`/runs/${started.runId}`)).json();
    expect(view.workers).toEqual({ live: 1 });
  });

  describe("with Prefer: wait", () => {
    const wait = (seconds: string, headers = {}): Promise<Response> =>
      api.post("/workflows/article/runs", { topic: "alders" }, { prefer: `wait=${seconds}`, ...headers });

    test("answers 200 with the output of a run that ends in time", async () => {
      const answer = wait("30");
      const run = await taken();
      await run.say({ type: "status", message: "on it", step: null });
      await run.complete({ title: "Alders" });
      const response = await answer;
      expect(response.status).toBe(200);
      expect(response.headers.get("preference-applied")).toBe("wait=30");
      expect(response.headers.get("location")).toBe(`/runs/${run.runId}`);
      expect(await response.json()).toMatchObject({
        runId: run.runId,
        status: "completed",
        output: { title: "Alders" },
      });
    });

    test("answers 200 with the error of a run that fails in time", async () => {
      const answer = wait("30");
      const run = await taken();
      await run.fail("no alders here");
      const response = await answer;
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        status: "failed",
        error: { message: "no alders here" },
      });
    });

    test("answers 200 with the status of a run that is cancelled in time", async () => {
      const answer = wait("30");
      const { runs } = await eventually(
        async () => (await api.request("/runs")).json(),
        (page) => page.runs.length === 1,
      );
      await api.post(`/runs/${runs[0].runId}/cancel`, {});
      const response = await answer;
      expect(await response.json()).toMatchObject({ status: "cancelled" });
    });

    test("answers 202 when the time is over, and the run goes on", async () => {
      const response = await wait("0");
      expect(response.status).toBe(202);
      expect(response.headers.get("preference-applied")).toBe("wait=0");
      const run = await api.worker.take();
      await run.complete("done");
      expect(api.watches()).toBe(0);
    });

    test("waits no longer than it may", async () => {
      await api.close();
      api = await createApi(transport, { waitLimitSeconds: 0 });
      const response = await wait("999999");
      expect(response.status).toBe(202);
      expect(response.headers.get("preference-applied")).toBe("wait=0");
    });

    test("ignores what is no preference", async () => {
      const response = await wait("soon");
      expect(response.status).toBe(202);
      expect(response.headers.get("preference-applied")).toBeNull();
    });

    test("reads the preference among others", async () => {
      const prefer = { prefer: `respond-async, wait="0"` };
      const response = await api.post("/workflows/article/runs", { topic: "alders" }, prefer);
      expect(response.headers.get("preference-applied")).toBe("wait=0");
    });
  });

  test("with Accept: text/event-stream answers with the stream at once", async () => {
    const response = await api.post(
      "/workflows/article/runs",
      { topic: "alders" },
      { accept: "text/event-stream" },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const runId = response.headers.get("alder-run-id");
    const run = await api.worker.take();
    expect(run.runId).toBe(runId);
    await run.complete("done");
    const text = await response.text();
    expect(text).toMatch(/^id: 1-0\ndata: {.*"type":"run.queued"/);
    expect(text).toContain(`"type":"run.completed"`);
  });

  describe("with an Idempotency-Key", () => {
    const key = { "idempotency-key": "once" };

    test("the same key and body are one run, whatever the order of the properties", async () => {
      const first = await (await api.post("/workflows/article/runs", { topic: "a", words: 1 }, key)).json();
      const second = await api.post("/workflows/article/runs", { words: 1, topic: "a" }, key);
      expect(second.status).toBe(202);
      expect((await second.json()).runId).toBe(first.runId);
      const { runs } = await (await api.request("/runs")).json();
      expect(runs).toHaveLength(1);
    });

    test("the same key with another body is refused, and names the run that has the key", async () => {
      const { runId } = await (await api.post("/workflows/article/runs", { topic: "a" }, key)).json();
      const response = await api.post("/workflows/article/runs", { topic: "b" }, key);
      expect(response.status).toBe(422);
      expect(await problemOf(response)).toMatchObject({ code: "idempotency_conflict", runId });
    });

    test("of fifty at once, one makes the run", async () => {
      const responses = await Promise.all(
        Array.from({ length: 50 }, () => api.post("/workflows/article/runs", { topic: "a" }, key)),
      );
      const started = await Promise.all(responses.map((response) => response.json()));
      expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
      const { runs } = await (await api.request("/runs")).json();
      expect(runs).toHaveLength(1);
    });

    test("waits for the end of the run that is there", async () => {
      const run = await startWithKey();
      await run.complete("done");
      const again = await api.post("/workflows/article/runs", { topic: "a" }, { ...key, prefer: "wait=10" });
      expect(again.status).toBe(200);
      expect(await again.json()).toMatchObject({ runId: run.runId, output: "done" });
    });

    test("must have a length that can be kept", async () => {
      const long = { "idempotency-key": "k".repeat(256) };
      const response = await api.post("/workflows/article/runs", { topic: "a" }, long);
      expect(response.status).toBe(400);
      expect(await problemOf(response)).toMatchObject({ code: "bad_header", header: "Idempotency-Key" });
    });

    async function startWithKey() {
      await api.post("/workflows/article/runs", { topic: "a" }, key);
      return await api.worker.take();
    }
  });

  /** The run that a request which is still waiting has made. */
  async function taken() {
    return await eventually(
      () => api.worker.take().catch(() => undefined),
      (run) => run !== undefined,
    ).then((run) => run!);
  }
});

/** Asks again, turn by turn of the event loop, until the answer is the one wanted. */
async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
