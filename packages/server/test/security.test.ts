import { request as httpRequest } from "node:http";
import { createMemoryStore } from "@alder/core/testing";
import { AlderError } from "@alder/core/protocol";
import { createApp } from "@alder/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, problemOf, transports, type Api } from "./harness.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

describe.each(transports)("security %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport, {
      allowedHosts: ["alder.example"],
      allowedOrigins: ["https://pages.example", "http://localhost:5173/"],
    });
  });
  afterEach(() => api.close());

  /** Says its headers as they are, `Host` too, as no browser or fetch would. */
  async function send(method: string, path: string, headers: Record<string, string>): Promise<Answer> {
    if (transport === "in memory") {
      const response = await api.request(path, { method, headers });
      return { status: response.status, headers: response.headers, text: await response.text() };
    }
    return await new Promise((resolve, reject) => {
      const request = httpRequest(api.url + path, { method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          const received = new Headers();
          for (const [name, value] of Object.entries(response.headers)) received.set(name, String(value));
          resolve({ status: response.statusCode!, headers: received, text });
        });
      });
      request.on("error", reject).end();
    });
  }

  const ownHosts =
    "localhost localhost:4600 LOCALHOST:1 127.0.0.1 127.0.0.1:4600 [::1]:4600 alder.example:8443";
  test.each(ownHosts.split(" "))("the host %s is answered", async (host) => {
    expect((await send("GET", "/workflows", { host })).status).toBe(200);
  });

  const otherHosts = `evil.example evil.example:4600 localhost.evil.example 127.0.0.1.evil.example evil.localhost
    169.254.169.254 localhost.`;
  test.each(otherHosts.split(/\s+/))("the host %s is not", async (host) => {
    const { status, text } = await send("GET", "/workflows", { host });
    expect(status).toBe(421);
    expect(JSON.parse(text)).toMatchObject({ code: "bad_host" });
  });

  // The adapter itself answers some of these, before the app sees them.
  test.each(["localhost@evil.example", "localhost,evil.example", "localhost evil.example", "/"])(
    "what is no host (%s) is not",
    async (host) => {
      expect([400, 421]).toContain((await send("GET", "/workflows", { host })).status);
    },
  );

  test("probes call by any name", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      expect((await send("GET", path, { host: "10.0.0.7:4600" })).status).toBe(200);
    }
  });

  test.each([
    ["https://evil.example", "bad_origin"],
    ["http://localhost:9999", "bad_origin"],
    ["null", "bad_origin"],
    ["http://pages.example", "bad_origin"],
    ["https://pages.example", "unknown_run"],
    ["http://localhost:5173", "unknown_run"],
    ["http://localhost:4600", "unknown_run"],
  ])("what a page of %s would change is answered with %s", async (origin, code) => {
    const answer = await send("POST", "/runs/nobody/cancel", { host: "localhost:4600", origin });
    expect(JSON.parse(answer.text)).toMatchObject({ code });
  });

  test("what is no browser says no origin, and is served", async () => {
    expect((await send("POST", "/runs/nobody/cancel", { host: "localhost" })).status).toBe(404);
  });

  test("pages of allowed origins, and no others, may read", async () => {
    const allowed = await send("GET", "/runs", { host: "localhost", origin: "https://pages.example" });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://pages.example");
    expect(allowed.headers.get("access-control-expose-headers")).toContain("Location");
    expect(allowed.headers.get("vary")).toContain("Origin");
    const other = await send("GET", "/runs", { host: "localhost", origin: "https://evil.example" });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    // Errors are read by pages, too.
    const problem = await send("GET", "/runs/nobody", { host: "localhost", origin: "https://pages.example" });
    expect(problem.headers.get("access-control-allow-origin")).toBe("https://pages.example");
  });

  test("a preflight of an allowed origin allows what a client sends", async () => {
    const preflight = (origin: string) =>
      send("OPTIONS", "/workflows/article/runs", {
        host: "localhost",
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, idempotency-key, prefer",
      });
    const allowed = await preflight("https://pages.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-methods")).toContain("POST");
    expect(allowed.headers.get("access-control-allow-headers")).toMatch(
      /Authorization,.*Content-Type.*Idempotency-Key/,
    );
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("nothing is sniffed, framed or told to a client of what failed", async () => {
    const response = await api.request("/workflows");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect((await api.request("/runs/nobody")).headers.get("x-content-type-options")).toBe("nosniff");
  });
});

test("an origin that is none is refused before anything is served", () => {
  const options = { store: createMemoryStore(), allowedOrigins: ["pages.example"] };
  expect(() => createApp(options)).toThrow(expect.objectContaining({ code: "bad_setting" }));
});

// Else each request for it would be refused, by the advice to add the name.
test.each(["https://alder.example", "alder.example/api", "*.alder.example", ""])(
  'the host "%s" is none, and is refused before anything is served',
  (host) => {
    const options = { store: createMemoryStore(), allowedHosts: [host] };
    expect(() => createApp(options)).toThrow(expect.objectContaining({ code: "bad_setting" }));
  },
);

describe("a store that fails", () => {
  test.each([
    ["store_full", "store_full"],
    ["store_busy", "store_busy"],
    ["store_corrupt", "store_unavailable"],
    ["store_closed", "store_unavailable"],
    ["something_new", "internal_error"],
  ])("with %s is told as %s, without the names of its files", async (code, told) => {
    const api = await createApi("in memory");
    const error = new AlderError(code, `The store "${secret}" has it.`, { details: { path: secret } });
    Object.assign(api.store, { createRun: () => Promise.reject(error) });
    const problem = await problemOf(api.post("/workflows/article/runs", { topic: "a" }));
    expect(problem.code).toBe(told);
    expect(problem.detail.length).toBeGreaterThan(40);
    expect(JSON.stringify(problem)).not.toContain("secret");
  });

  const secret = "/home/someone/secret.db: SQLITE_CANTOPEN";

  test.each(transports)("is 503, and its reasons are for the log only (%s)", async (transport) => {
    const errors: unknown[] = [];
    const api = await createApi(transport, { onError: (error, request) => errors.push([error, request]) });
    const fail = (): Promise<never> => Promise.reject(new Error(secret));
    Object.assign(api.store, { readRun: fail, listRuns: fail, ping: fail });
    for (const path of ["/runs", "/runs/x", "/readyz"]) {
      const response = await api.request(path);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      const problem = await problemOf(response);
      expect(problem.code).toBe("store_unavailable");
      expect(JSON.stringify(problem)).not.toContain("secret");
    }
    expect((await api.request("/healthz")).status).toBe(200);
    expect(errors).toHaveLength(3);
    expect(errors[0]).toEqual([
      expect.objectContaining({ cause: expect.objectContaining({ message: secret }) }),
      { method: "GET", path: "/runs" },
    ]);
    await api.close();
  });
});
