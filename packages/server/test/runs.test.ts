import { emptyView, foldAll } from "@alder/core/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { articleManifest, writing } from "../../core/test/client/hand-worker.ts";
import { createApi, transports, type Api } from "./harness.ts";

describe.each(transports)("reading %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(() => api.close());

  test("GET /workflows shows what workers have published, and who is live", async () => {
    const response = await api.request("/workflows");
    expect(await response.json()).toEqual({ workflows: [{ ...articleManifest, workers: { live: 1 } }] });
  });

  test("GET /workflows/:name shows one, and outlives its worker", async () => {
    await api.worker.leave();
    const response = await api.request("/workflows/article");
    expect(await response.json()).toEqual({ ...articleManifest, workers: { live: 0 } });
  });

  test("a live worker that executes other workflows, or another queue, is none for this one", async () => {
    await api.worker.leave();
    const other = { ...api.worker.info, workflows: ["other"] };
    await api.store.heartbeat({ worker: other, tokens: [], leaseMs: 60_000 });
    const elsewhere = { ...api.worker.info, id: "elsewhere", queues: ["elsewhere"] };
    await api.store.heartbeat({ worker: elsewhere, tokens: [], leaseMs: 60_000 });
    expect(await (await api.request("/workflows/article")).json()).toMatchObject({ workers: { live: 0 } });
  });

  test("GET /runs/:id is the fold of the stream", async () => {
    const run = await api.run();
    for (const event of writing("s1", ["Al", "ders"])) {
      await run.say(event);
      const view = await (await api.request(`/runs/${run.runId}`)).json();
      const { events } = await (await api.request(`/runs/${run.runId}/events`)).json();
      const folded = foldAll(emptyView(run.runId), events);
      expect(view).toEqual({ ...JSON.parse(JSON.stringify(folded)), workers: { live: 1 } });
    }
  });

  test("GET /runs/:id answers 304 while nothing is new", async () => {
    const run = await api.run();
    const path = `/runs/${run.runId}`;
    const tagOf = (response: Response) => response.headers.get("etag")!;
    const first = tagOf(await api.request(path));
    const again = await api.request(path, { headers: { "if-none-match": first } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");

    await run.say({ type: "status", message: "on it", step: null });
    const second = await api.request(path, { headers: { "if-none-match": first } });
    expect(second.status).toBe(200);
    await api.worker.leave();
    const third = await api.request(path, { headers: { "if-none-match": tagOf(second) } });
    expect(await third.json()).toMatchObject({ message: "on it", workers: { live: 0 } });
  });

  test.each([
    ["*", 304],
    ["W/TAG", 304],
    [`"other", W/"third" , TAG`, 304],
    [`"other",W/TAG`, 304],
    [`"other"`, 200],
    [`W/"other", "TAG"x`, 200],
    ["", 200],
  ])("If-None-Match may be a list, and weak: %s is %i", async (header, status) => {
    const path = `/runs/${(await api.run()).runId}`;
    const tag = (await api.request(path)).headers.get("etag")!;
    const response = await api.request(path, { headers: { "if-none-match": header.replace("TAG", tag) } });
    expect(response.status).toBe(status);
    await response.body?.cancel();
  });

  test("GET /runs lists the newest first, by page, workflow and status", async () => {
    const ids: string[] = [];
    for (const topic of ["a", "b", "c"]) {
      ids.unshift((await (await api.post("/workflows/article/runs", { topic })).json()).runId);
    }
    const idsOf = async (query: string) => {
      const page = await (await api.request(`/runs${query}`)).json();
      return { ids: page.runs.map((run: { runId: string }) => run.runId), cursor: page.cursor };
    };
    expect(await idsOf("")).toEqual({ ids, cursor: null });
    const first = await idsOf("?limit=2");
    expect(first.ids).toEqual(ids.slice(0, 2));
    expect((await idsOf(`?limit=2&cursor=${encodeURIComponent(first.cursor)}`)).ids).toEqual(ids.slice(2));
    expect((await idsOf("?workflow=article")).ids).toEqual(ids);
    expect((await idsOf("?workflow=other")).ids).toEqual([]);

    const run = await api.worker.take();
    await run.complete(null);
    expect((await idsOf("?status=completed")).ids).toEqual([run.runId]);
    expect((await idsOf("?status=queued&workflow=article")).ids).toEqual(
      ids.filter((id) => id !== run.runId),
    );
  });

  test("HEAD answers like GET, without a body", async () => {
    const { runId } = await api.run();
    const response = await api.request(`/runs/${runId}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("etag")).not.toBeNull();
    expect(await response.text()).toBe("");
  });
});
