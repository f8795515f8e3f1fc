import { createClient, type Client } from "@alder/react-client";
import { beforeEach, describe, expect, test } from "vitest";
import { createTestClock } from "../support/manual-clock.ts";
import { settle } from "../support/scripted-streams.ts";

interface Request {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const clock = createTestClock();
let requests: Request[];
/** What each request is answered with, in turn; null for no answer. */
let answers: (Response | null)[];
let client: Client;

const accepted = (): Response =>
  Response.json({ runId: "r", status: "queued", cursor: "1-0" }, { status: 202 });
const refusal = (status: number, code: string, headers = {}): Response =>
  Response.json(
    { type: "x", title: "No", status, code, detail: "Because.", errors: [{ pointer: "/a" }] },
    { status, headers },
  );

beforeEach(() => {
  requests = [];
  answers = [];
  client = createClient({
    url: "http://api.test",
    clock,
    random: () => 1,
    headers: () => ({ authorization: "Bearer token" }),
    fetch: async (url, init) => {
      const { method = "GET", headers, body } = init!;
      requests.push({
        url: url as string,
        method,
        headers: Object.fromEntries(new Headers(headers)),
        body: typeof body === "string" ? JSON.parse(body) : undefined,
      });
      const answer = answers.shift();
      if (!answer) throw new TypeError("fetch failed");
      return answer;
    },
  });
});

/** Lets time pass until the call has an answer. */
async function finish<T>(call: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  call.then(over, over);
  for (let turn = 0; turn < 100 && !isOver; turn++) {
    await settle();
    clock.advance(1000);
  }
  return await call;
}

describe("invariant 1: one call is one effect", () => {
  test("a start is sent again with its key", async () => {
    answers = [null, refusal(503, "store_unavailable"), accepted()];
    const run = await finish(client.start("my article", { topic: "alders" }));
    expect(run.runId).toBe("r");
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(requests[2]).toMatchObject({
      url: "http://api.test/workflows/my%20article/runs",
      method: "POST",
      headers: { authorization: "Bearer token", "content-type": "application/json" },
      body: { topic: "alders" },
    });
  });

  test("two starts have two keys", async () => {
    answers = [accepted(), accepted()];
    await client.start("article");
    await client.start("article");
    const keys = requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(requests[0]!.body).toEqual({});
  });

  test("what is given with a start is in headers, in ASCII, and sent again with it", async () => {
    answers = [null, accepted()];
    const given = {
      tenant: "Müller",
      tags: ["a,b", "grün", "100%"],
      metadata: { city: "Köln 😀" },
      priority: -3,
    };
    await finish(client.start("article", { topic: "alders" }, given));
    expect(requests[1]!.headers).toEqual(requests[0]!.headers);
    expect(requests[1]).toMatchObject({
      headers: {
        "alder-tenant": "M%C3%BCller",
        "alder-tags": "a%2Cb,gr%C3%BCn,100%25",
        "alder-metadata": String.raw`{"city":"K\u00f6ln \ud83d\ude00"}`,
        "alder-priority": "-3",
      },
      body: { topic: "alders" },
    });
  });

  test("a start that is given nothing sends nothing of it", async () => {
    answers = [accepted()];
    await client.start("article", {}, { tenant: undefined });
    const names = Object.keys(requests[0]!.headers);
    expect(names.filter((name) => name.startsWith("alder-"))).toEqual([]);
  });

  test("what cannot be sent with a start is refused here", async () => {
    const broken = { metadata: { big: 1n } } as never;
    await expect(client.start("article", {}, broken)).rejects.toMatchObject({ code: "not_json" });
    const half = client.start("article", {}, { tags: ["\ud800"] });
    await expect(half).rejects.toMatchObject({ code: "bad_start", details: { option: "tags" } });
    expect(requests).toEqual([]);
  });

  test("a signal is sent again with its id", async () => {
    answers = [null, accepted()];
    await finish(client.run("r/1").signal("review", { approved: true }, { input: "step" }));
    expect(requests[1]).toMatchObject({
      url: "http://api.test/runs/r%2F1/signals/review",
      headers: { "alder-input": "step" },
      body: { approved: true },
    });
    expect(requests[1]!.headers["alder-signal-id"]).toBe(requests[0]!.headers["alder-signal-id"]);
  });

  test("a signal may have an id of its own, and no payload", async () => {
    answers = [accepted()];
    await client.run("r").signal("stop", undefined, { id: "mine" });
    expect(requests[0]).toMatchObject({ headers: { "alder-signal-id": "mine" }, body: null });
    expect(requests[0]!.headers["alder-input"]).toBeUndefined();
  });

  test("a cancel whose answer was lost has been heard, though the run has ended since", async () => {
    answers = [null, refusal(409, "run_ended")];
    await expect(finish(client.run("r").cancel())).resolves.toBeUndefined();
    answers = [refusal(409, "run_ended")];
    await expect(client.run("r").cancel()).rejects.toMatchObject({ code: "run_ended" });
  });
});

describe("accept and retry", () => {
  test("an accept whose answer was lost has been heard, and is refused where it was never needed", async () => {
    answers = [null, refusal(409, "run_not_blocked")];
    await expect(finish(client.run("r/1").accept())).resolves.toBeUndefined();
    expect(requests[1]).toMatchObject({ url: "http://api.test/runs/r%2F1/accept", method: "POST" });
    answers = [refusal(409, "run_not_blocked")];
    await expect(client.run("r").accept()).rejects.toMatchObject({ code: "run_not_blocked" });
  });

  test("a retry is refused with the server's reason", async () => {
    for (const code of ["run_unfinished", "run_completed"]) {
      answers = [refusal(409, code)];
      await expect(client.run("r").retry()).rejects.toMatchObject({ code });
    }
    expect(requests[0]).toMatchObject({ url: "http://api.test/runs/r/retry", method: "POST" });
  });
});

describe("invariant 2: what was refused is not sent again", () => {
  test("a refusal keeps its code, its words and its facts", async () => {
    answers = [refusal(422, "invalid_input")];
    await expect(client.start("article", {})).rejects.toMatchObject({
      code: "invalid_input",
      message: "Because.",
      details: { status: 422, errors: [{ pointer: "/a" }] },
    });
    expect(requests).toHaveLength(1);
  });

  test("what may succeed later is given up after five attempts", async () => {
    await expect(finish(client.start("article", {}))).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("http://api.test"),
    });
    expect(requests).toHaveLength(5);
  });

  test("and not before Retry-After", async () => {
    answers = [refusal(429, "busy", { "retry-after": "20" }), accepted()];
    const call = client.start("article");
    await settle();
    clock.advance(19_000);
    await settle();
    expect(requests).toHaveLength(1);
    clock.advance(1000);
    await call;
    expect(requests).toHaveLength(2);
  });

  test("an answer that is no problem document is an http_error", async () => {
    answers = [new Response("<h1>Forbidden</h1>", { status: 403 })];
    await expect(client.start("article")).rejects.toMatchObject({
      code: "http_error",
      details: { status: 403 },
    });
  });
});

test.each(["api.test", "ht tp://x"])("a url that is none is refused: %s", (url) => {
  expect(() => createClient({ url })).toThrow(/createClient was given the url/);
});

describe("everything that is thrown is an AlderError, so that hooks can tell of it", () => {
  test("an answer that no Alder API gives", async () => {
    const page = (): Response =>
      new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
    const refused = { code: "http_error", message: expect.stringContaining("200 with text/html") };
    answers = [page()];
    await expect(finish(client.start("article"))).rejects.toMatchObject(refused);
    answers = [page()];
    await expect(finish(client.run("r").cancel())).rejects.toMatchObject(refused);
    expect(requests).toHaveLength(2);
  });

  test("an answer that breaks off is asked for again, under the same key", async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError("cut")) });
    answers = [new Response(broken, { status: 202 }), accepted()];
    await expect(finish(client.start("article"))).resolves.toMatchObject({ runId: "r" });
    expect(new Set(requests.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  });

  test("an input or a payload that is no JSON", async () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await expect(client.start("article", circle)).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringContaining('The input of "article"'),
    });
    await expect(client.run("r").signal("go", { count: 1n })).rejects.toMatchObject({ code: "not_json" });
    await expect(client.run("r").signal("go", () => {})).rejects.toMatchObject({ code: "not_json" });
    expect(requests).toEqual([]);
  });

  test("headers that cannot be made, which are asked for again", async () => {
    let isFit = false;
    const guarded = createClient({
      url: "http://api.test",
      clock,
      headers: async () => {
        if (!isFit) throw new Error("the session has expired");
        return {};
      },
      fetch: async () => accepted(),
    });
    await expect(finish(guarded.start("article"))).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining(
        "headers given to createClient could not be made: the session has expired",
      ),
    });
    isFit = true;
    await expect(finish(guarded.start("article"))).resolves.toMatchObject({ runId: "r" });
  });
});
