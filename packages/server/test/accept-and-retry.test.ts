import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, problemOf, transports, type Api } from "./harness.ts";

describe.each(transports)("accept and retry %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(() => api.close());

  const steer = (runId: string, how: "accept" | "retry", init: RequestInit = {}): Promise<Response> =>
    api.request(`/runs/${runId}/${how}`, { method: "POST", ...init });
  const viewOf = async (runId: string): Promise<unknown> => (await api.request(`/runs/${runId}`)).json();

  test("a blocked run is shown with what it is blocked by, and goes on when it is accepted", async () => {
    const run = await api.run();
    const { runId } = run;
    await run.block("its code has changed");
    expect(await viewOf(runId)).toMatchObject({
      status: "blocked",
      blocked: { message: "its code has changed", divergence: null, error: null },
    });
    const listed = await (await api.request("/runs?status=blocked")).json();
    expect(listed).toMatchObject({ runs: [{ runId, status: "blocked" }] });
    const response = await steer(runId, "accept");
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ runId, status: "queued" });
    const again = await api.worker.take();
    expect(again.claim.journal.map(({ entry }) => entry)).toContainEqual({ t: "accepted" });
    await again.complete("done");
    expect(await viewOf(runId)).toMatchObject({ status: "completed", blocked: null, output: "done" });
  });

  test.each(["failed", "cancelled"])("a run that has %s goes on when it is retried", async (end) => {
    const run = await api.run();
    const { runId } = run;
    if (end === "failed") await run.fail("no");
    else {
      await api.store.release({
        token: run.claim.token,
        after: run.claim.tail,
        records: [],
        progress: false,
      });
      await (await api.request(`/runs/${runId}/cancel`, { method: "POST" })).body?.cancel();
    }
    expect(await viewOf(runId)).toMatchObject({ status: end });
    const response = await steer(runId, "retry");
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ runId, status: "queued" });
    expect(await viewOf(runId)).toMatchObject({ status: "queued", error: null, endedAt: null });
    await (await api.worker.take()).complete("done");
    expect(await viewOf(runId)).toMatchObject({ status: "completed", output: "done" });
  });

  test("a stream that ended is read on from its end", async () => {
    const run = await api.run();
    await run.fail("no");
    const headers = { accept: "application/x-ndjson" };
    const before = await (await api.request(`/runs/${run.runId}/events`, { headers })).text();
    const { seq, fence } = JSON.parse(before.trim().split("\n").at(-1)!) as { seq: number; fence: number };
    await (await steer(run.runId, "retry")).body?.cancel();
    await (await api.worker.take()).complete(null);
    const path = `/runs/${run.runId}/events?after=${seq}-${fence}`;
    const after = await (await api.request(path, { headers })).text();
    const types = after
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(["run.queued", "run.started", "run.completed"]);
    const returning = { accept: "text/event-stream", "last-event-id": `${seq}-${fence}` };
    const response = await api.request(`/runs/${run.runId}/events`, { headers: returning });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("run.completed");
  });

  test("in any other state: 409, and nothing has changed", async () => {
    const run = await api.run();
    const { runId } = run;
    const before = await api.store.readRun(runId);
    expect(await problemOf(steer(runId, "accept"))).toMatchObject({
      status: 409,
      code: "run_not_blocked",
      runId,
      runStatus: "running",
    });
    expect(await problemOf(steer(runId, "retry"))).toMatchObject({
      status: 409,
      code: "run_unfinished",
      runId,
      runStatus: "running",
    });
    expect(await api.store.readRun(runId)).toEqual(before);
    await run.block("changed");
    expect(await problemOf(steer(runId, "retry"))).toMatchObject({
      code: "run_unfinished",
      runStatus: "blocked",
    });
    await (await steer(runId, "accept")).body?.cancel();
    expect(await problemOf(steer(runId, "accept"))).toMatchObject({ code: "run_not_blocked" });
    await (await api.worker.take()).complete(null);
    expect(await problemOf(steer(runId, "accept"))).toMatchObject({
      code: "run_not_blocked",
      runStatus: "completed",
    });
    expect(await problemOf(steer(runId, "retry"))).toMatchObject({ status: 409, code: "run_completed" });
  });

  test("an unknown run: 404; another method: 405; a page of another origin: 403", async () => {
    const { runId } = await api.run();
    for (const how of ["accept", "retry"] as const) {
      expect(await problemOf(steer("nobody", how))).toMatchObject({ status: 404, code: "unknown_run" });
      const wrong = await steer(runId, how, { method: "PUT" });
      expect(wrong.headers.get("allow")).toBe("POST");
      expect(await problemOf(wrong)).toMatchObject({ status: 405, code: "method_not_allowed" });
      const headers = { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
      expect(await problemOf(steer(runId, how, { headers }))).toMatchObject({
        status: 403,
        code: "bad_origin",
      });
    }
  });

  test("two at once: one is told that it came second", async () => {
    const run = await api.run();
    await run.fail("no");
    const answers = await Promise.all([steer(run.runId, "retry"), steer(run.runId, "retry")]);
    expect(answers.map(({ status }) => status).join()).toMatch(/^(202,409|409,202)$/);
    for (const answer of answers) await answer.body?.cancel();
  });
});
