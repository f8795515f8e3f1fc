import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, problemOf, transports, type Api } from "./harness.ts";

describe.each(transports)("signals and cancels %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(() => api.close());

  test("a signal reaches the log of the run, with the input it answers", async () => {
    const run = await api.run();
    const { runId } = run;
    await run.say({ type: "input.requested", step: "step-7", name: "review" });
    const headers = { "alder-signal-id": "s1", "alder-input": "step-7" };
    const response = await api.post(`/runs/${runId}/signals/review`, { approved: true }, headers);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ runId, signal: "review", id: "s1", duplicate: false });
    expect(await api.store.readSignals(runId, 0)).toMatchObject([
      { index: 1, id: "s1", name: "review", payload: { approved: true }, input: "step-7" },
    ]);
  });

  test("signals with one id are one signal", async () => {
    const { runId } = await api.run();
    const send = (note: string) =>
      api.post(`/runs/${runId}/signals/review`, { approved: false, note }, { "alder-signal-id": "s1" });
    await send("first");
    const again = await send("second");
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ id: "s1", duplicate: true });
    expect(await api.store.readSignals(runId, 0)).toMatchObject([{ payload: { note: "first" } }]);
  });

  test("a signal that is sent again after the end of the run is told that it arrived", async () => {
    const run = await api.run();
    const path = `/runs/${run.runId}/signals/review`;
    const send = (id: string) => api.post(path, { approved: true }, { "alder-signal-id": id });
    await send("s1");
    await run.complete(null);
    const again = await send("s1");
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ id: "s1", duplicate: true });
    expect(await problemOf(send("s2"))).toMatchObject({ status: 409, code: "run_ended" });
  });

  test("a signal for an input that is closed is refused, unless it is the one that closed it", async () => {
    const run = await api.run();
    const send = (id: string, input: string) =>
      api.post(
        `/runs/${run.runId}/signals/review`,
        { approved: true },
        { "alder-signal-id": id, "alder-input": input },
      );
    await run.say({ type: "input.requested", step: "step-7", name: "review" });
    expect((await send("s1", "step-7")).status).toBe(202);
    await run.say({ type: "input.received", step: "step-7", name: "review", signal: "s" });
    expect(await (await send("s1", "step-7")).json()).toMatchObject({ duplicate: true });
    for (const input of ["step-7", "step-8"]) {
      const problem = await problemOf(send("s2", input));
      expect(problem).toMatchObject({ status: 409, code: "input_closed", runId: run.runId, input });
    }
    expect(await api.store.readSignals(run.runId, 0)).toHaveLength(1);
  });

  test("signals without an id are as many as were sent, each with an id of its own", async () => {
    const { runId } = await api.run();
    const ids = await Promise.all(
      [1, 2, 3].map(async () => {
        const response = await api.post(`/runs/${runId}/signals/review`, { approved: true });
        const { id } = await response.json();
        expect(response.headers.get("alder-signal-id")).toBe(id);
        return id;
      }),
    );
    expect(new Set(ids).size).toBe(3);
    expect(await api.store.readSignals(runId, 0)).toHaveLength(3);
  });

  test("a signal may come before anybody waits for it, and without a body", async () => {
    const { runId } = await (await api.post("/workflows/article/runs", { topic: "a" })).json();
    const response = await api.request(`/runs/${runId}/signals/stop`, { method: "POST" });
    expect(response.status).toBe(202);
    expect(await api.store.readSignals(runId, 0)).toMatchObject([
      { name: "stop", payload: null, input: null },
    ]);
  });

  test("a cancel ends a run that nobody executes", async () => {
    const { runId } = await (await api.post("/workflows/article/runs", { topic: "a" })).json();
    const response = await api.request(`/runs/${runId}/cancel`, { method: "POST" });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ runId, status: "cancelled" });
    expect(await (await api.request(`/runs/${runId}`)).json()).toMatchObject({ status: "cancelled" });
  });

  test("a cancel of a run that is executed is asked of its owner, as often as one likes", async () => {
    const { runId } = await api.run();
    for (let time = 0; time < 2; time += 1) {
      const response = await api.request(`/runs/${runId}/cancel`, { method: "POST" });
      expect(await response.json()).toEqual({ runId, status: "cancelling" });
    }
    expect(await api.store.readRun(runId)).toMatchObject({ cancelRequested: true });
  });
});
