import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, problemOf, transports, type Api } from "./harness.ts";

const json = { "content-type": "application/json" };

describe.each(transports)("what is not right %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport, { bodyLimitBytes: 10_000 });
  });
  afterEach(() => api.close());

  const start = (body: BodyInit | undefined, headers: Record<string, string> = json) =>
    api.request("/workflows/article/runs", { method: "POST", headers, ...(body !== undefined && { body }) });

  test("an unknown workflow: 404, which lists the known ones", async () => {
    const problem = await problemOf(api.post("/workflows/artcle/runs", {}));
    expect(problem).toMatchObject({ status: 404, code: "unknown_workflow" });
    expect(problem).toMatchObject({ known: ["article"], detail: expect.stringContaining(`"article"`) });
    expect(await codeOf(api.request("/workflows/artcle"))).toBe("404 unknown_workflow");
  });

  test.each([
    ["cut off", `{"topic":`],
    ["no JSON", "topic=alders"],
    ["two values", "{} {}"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["too deep", "[".repeat(1000) + "]".repeat(1000)],
  ])("a malformed body (%s): 400", async (_name, body) => {
    expect(await codeOf(start(body))).toBe("400 bad_json");
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
  ])("a body of type %s: 415", async (type) => {
    expect(await codeOf(start(`{"topic":"a"}`, { "content-type": type }))).toBe("415 bad_content_type");
  });

  test("a body of a JSON type with parameters is JSON", async () => {
    for (const type of ["application/json; charset=utf-8", "application/ld+json", "APPLICATION/JSON"]) {
      expect((await start(`{"topic":"a"}`, { "content-type": type })).status).toBe(202);
    }
  });

  test("an invalid input: 422 with JSON pointers", async () => {
    const pointersOf = async (input: unknown) => {
      const problem = await problemOf(api.post("/workflows/article/runs", input));
      expect(problem).toMatchObject({ status: 422, code: "invalid_input" });
      return problem["errors"];
    };
    expect(await pointersOf({})).toEqual([{ pointer: "/topic", detail: "is required" }]);
    expect(await pointersOf({ topic: "" })).toEqual([{ pointer: "/topic", detail: expect.any(String) }]);
    expect(await pointersOf({ topic: 7, "x~/y": 1 })).toEqual([
      { pointer: "/x~0~1y", detail: expect.any(String) },
      { pointer: "/topic", detail: "must be string" },
    ]);
    expect(await pointersOf({ topic: "a", sources: [{}, { "a/b~c": "d" }] })).toEqual([
      { pointer: "/sources/1/a~1b~0c", detail: "must be number" },
    ]);
    expect(await pointersOf("alders")).toEqual([{ pointer: "", detail: "must be object" }]);
    // No body is no properties.
    expect(await problemOf(start(undefined, {}))).toMatchObject({
      code: "invalid_input",
      errors: [{ pointer: "/topic" }],
    });
    expect((await (await api.request("/runs")).json()).runs).toEqual([]);
  });

  test("a body that is too large: 413, declared or streamed", async () => {
    const body = JSON.stringify({ topic: "a".repeat(20_000) });
    expect(await codeOf(start(body))).toBe("413 too_large");
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1024).fill(0x20)),
    });
    const endless = { method: "POST", headers: json, body: stream, duplex: "half" } as RequestInit;
    expect(await codeOf(api.request("/workflows/article/runs", endless))).toBe("413 too_large");
  });

  test.each(["", "/events", "/events?wait=1"])("an unknown run: 404 (GET /runs/:id%s)", async (rest) => {
    expect(await codeOf(api.request(`/runs/nobody${rest}`))).toBe("404 unknown_run");
  });

  test("an unknown run: 404, for a stream, a signal and a cancel, too", async () => {
    for (const accept of ["text/event-stream", "application/x-ndjson"]) {
      expect(await codeOf(api.request("/runs/nobody/events", { headers: { accept } }))).toBe(
        "404 unknown_run",
      );
      expect(await codeOf(api.request("/runs/nobody/events?snapshot=1", { headers: { accept } }))).toBe(
        "404 unknown_run",
      );
    }
    expect(await codeOf(api.post("/runs/nobody/signals/review", { approved: true }))).toBe("404 unknown_run");
    expect(await codeOf(api.post("/runs/nobody/cancel", {}))).toBe("404 unknown_run");
  });

  test.each(["x", "1", "1-", "-1-0", "1-0-0", "1e3-0", "9".repeat(20) + "-0"])(
    "an unparsable cursor (%s): 400",
    async (cursor) => {
      const { runId } = await api.run();
      for (const accept of ["application/json", "text/event-stream", "application/x-ndjson"]) {
        const path = `/runs/${runId}/events`;
        expect(await codeOf(api.request(`${path}?after=${cursor}`, { headers: { accept } }))).toBe(
          "400 bad_cursor",
        );
        const headers = { accept, "last-event-id": cursor };
        expect(await codeOf(api.request(path, { headers }))).toBe("400 bad_cursor");
      }
    },
  );

  test("an undeclared signal: 404, which lists the declared ones", async () => {
    const { runId } = await api.run();
    const problem = await problemOf(api.post(`/runs/${runId}/signals/revew`, {}));
    expect(problem).toMatchObject({ status: 404, code: "unknown_signal" });
    expect(problem["known"]).toEqual(["review", "stop"]);
    expect(await codeOf(api.post(`/runs/${runId}/signals/__proto__`, {}))).toBe("404 unknown_signal");
    expect(await codeOf(api.post(`/runs/${runId}/signals/toString`, {}))).toBe("404 unknown_signal");
  });

  test("a signal with a wrong payload: 422 with JSON pointers, and nothing is sent", async () => {
    const { runId } = await api.run();
    const path = `/runs/${runId}/signals/review`;
    const problem = await problemOf(api.post(path, { approved: "yes" }));
    expect(problem).toMatchObject({ status: 422, code: "invalid_payload" });
    expect(problem["errors"]).toEqual([{ pointer: "/approved", detail: "must be boolean" }]);
    expect(await codeOf(api.request(path, { method: "POST" }))).toBe("422 invalid_payload");
    expect(await codeOf(api.request(path, { method: "POST", headers: json, body: "{" }))).toBe(
      "400 bad_json",
    );
    expect(await api.store.readSignals(runId, 0)).toEqual([]);
  });

  test.each(["completed", "failed"])("a signal or a cancel to a run that has %s: 409", async (status) => {
    const run = await api.run();
    await (status === "completed" ? run.complete(null) : run.fail("no"));
    const problem = await problemOf(api.post(`/runs/${run.runId}/cancel`, {}));
    expect(problem).toMatchObject({ status: 409, code: "run_ended" });
    expect(problem).toMatchObject({ runId: run.runId, runStatus: status });
    expect(await codeOf(api.post(`/runs/${run.runId}/signals/review`, { approved: true }))).toBe(
      "409 run_ended",
    );
    expect(await codeOf(api.post(`/runs/${run.runId}/signals/review`, { approved: 1 }))).toBe(
      "409 run_ended",
    );
  });

  test("a query that has no such value: 400", async () => {
    const { runId } = await api.run();
    expect(await codeOf(api.request("/runs?status=done"))).toBe("400 bad_query");
    expect(await codeOf(api.request("/runs?limit=-1"))).toBe("400 bad_query");
    expect(await codeOf(api.request("/runs?cursor=%00nonsense"))).toBe("400 bad_cursor");
    expect(await codeOf(api.request(`/runs/${runId}/events?wait=long`))).toBe("400 bad_query");
    const headers = { accept: "text/event-stream" };
    expect(await codeOf(api.request(`/runs/${runId}/events?snapshot=maybe`, { headers }))).toBe(
      "400 bad_query",
    );
  });

  test("an unknown route: 404", async () => {
    expect(await codeOf(api.request("/"))).toBe("404 unknown_route");
    expect(await codeOf(api.request("/run/x"))).toBe("404 unknown_route");
    expect(await codeOf(api.request("/workflows/article/run", { method: "POST" }))).toBe("404 unknown_route");
    expect(await codeOf(api.request("/runs/%E0%A4%A"))).toBe("404 unknown_run");
  });

  test("a wrong method: 405 with the right ones", async () => {
    const put = api.request("/workflows/article/runs", { method: "PUT" });
    expect((await put).headers.get("allow")).toBe("POST");
    expect(await codeOf(put)).toBe("405 method_not_allowed");
    const remove = await api.request("/runs/x", { method: "DELETE" });
    expect(remove.headers.get("allow")).toBe("GET, HEAD");
    expect((await problemOf(remove)).code).toBe("method_not_allowed");
  });

  test("a schema that is none: 500, which names the workflow and the fix", async () => {
    const [manifest] = await api.store.listManifests();
    await api.store.publishManifests([{ ...manifest!, name: "broken", input: { type: "nonsense" } }]);
    const problem = await problemOf(api.post("/workflows/broken/runs", {}));
    expect(problem).toMatchObject({ status: 500, code: "bad_manifest" });
    expect(problem.detail).toContain(`"broken"`);
  });
});

async function codeOf(response: Response | Promise<Response>): Promise<string> {
  const { status, code } = await problemOf(response);
  return `${status} ${code}`;
}
