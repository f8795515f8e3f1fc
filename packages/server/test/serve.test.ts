import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createMemoryStore } from "@alder/core/testing";
import { serve } from "@alder/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApi, problemOf } from "./harness.ts";
import { parseFrames, readUntil } from "./sse.ts";

describe("close", () => {
  test("ends open streams and waits without an end of the run, and then the server", async () => {
    const api = await createApi("over a socket");
    const run = await api.run();
    const path = `/runs/${run.runId}/events`;
    const stream = await api.request(path, { headers: { accept: "text/event-stream" } });
    const reader = stream.body!.getReader();
    const text = await readUntil(reader, (read) => read.includes("run.started"));
    const polled = api.request(`${path}?wait=60&after=2-${run.claim.token.fence}`);
    const waited = api.post("/workflows/article/runs", { topic: "b" }, { prefer: "wait=60" });
    // The two readers of one run share its watch.
    await vi.waitUntil(() => api.watches() === 2);

    const closed = api.close();
    const rest = await readUntil(reader, () => false);
    expect(parseFrames(text + rest).map(({ data }) => data.type)).toEqual(["run.queued", "run.started"]);
    expect((await (await polled).json()).events).toEqual([]);
    expect((await waited).status).toBe(202);
    await closed;
    expect(api.watches()).toBe(0);
    await expect(fetch(api.url)).rejects.toThrow("fetch failed");
  });

  test("waits for no connection that was opened ahead and never used", async () => {
    const server = await serve({ store: createMemoryStore(), port: 0 });
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    // A request on another connection: the server has seen both.
    await (await fetch(`${server.url}/healthz`)).text();
    const cut = once(socket, "close");
    await server.close({ graceMs: 600_000 });
    await cut;
    expect(socket.destroyed).toBe(true);
  });

  test("cuts a connection that does not end within the grace time", async () => {
    const store = createMemoryStore();
    const server = await serve({ store, port: 0 });
    // Sends a part of its body and no more.
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } };
    await store.publishManifests([]);
    const stuck = fetch(`${server.url}/workflows/x/runs`, init as RequestInit).then(
      (response) => response.text(),
      () => "cut",
    );
    await server.close({ graceMs: 0 });
    expect(await stuck).toBe("cut");
  });
});

test("a port that is taken is an error that says so", async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  const { port } = blocker.address() as { port: number };
  const store = createMemoryStore();
  await expect(serve({ store, port })).rejects.toMatchObject({
    code: "port_in_use",
    message: expect.stringContaining(`Port ${port}`),
  });
  blocker.close();
});

test("listens on this machine only, unless told otherwise", async () => {
  const server = await serve({ store: createMemoryStore(), port: 0 });
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  await server.close();
});

describe("assets", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "alder-assets-"));
    mkdirSync(join(folder, "page", "code"), { recursive: true });
    writeFileSync(join(folder, "secret.txt"), "secret");
    writeFileSync(join(folder, "page", "index.html"), "<h1>Article</h1>");
    writeFileSync(join(folder, "page", "code", "main.js"), "start()");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("are served beside the API", async () => {
    const server = await serve({ store: createMemoryStore(), port: 0, assets: join(folder, "page") });
    const page = await fetch(`${server.url}/`);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(await page.text()).toBe("<h1>Article</h1>");
    const script = await fetch(`${server.url}/code/main.js`);
    expect(script.headers.get("content-type")).toContain("javascript");
    expect(script.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await (await fetch(`${server.url}/runs`)).json()).toEqual({ runs: [], cursor: null });
    await server.close();
  });

  test("are not sent again while they have not changed", async () => {
    const server = await serve({ store: createMemoryStore(), port: 0, assets: join(folder, "page") });
    const ask = (headers: Record<string, string>) => fetch(`${server.url}/code/main.js`, { headers });
    const modified = (await ask({})).headers.get("last-modified")!;
    const again = await ask({ "if-modified-since": modified });
    expect(again.status).toBe(304);
    expect(again.headers.get("cache-control")).toBe("no-cache");
    expect(await again.text()).toBe("");
    for (const since of [new Date(Date.parse(modified) - 1000).toUTCString(), "no date"]) {
      const response = await ask({ "if-modified-since": since });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("start()");
    }
    await server.close();
  });

  test.each([
    ["assets/index-DiwrgTda.js", true],
    ["assets/index-B2c_d-9Z.css", true],
    ["assets/index-DiwrgTda.js.map", true],
    ["assets/fonts/text.0a1b2c3d4e5f.woff2", true],
    ["assets/app-settings.js", false],
    ["assets/App-Settings.js", false],
    ["assets/photo-20240101.jpg", false],
    ["assets/logo.svg", false],
    ["code/index-DiwrgTda.js", false],
  ])("%s is kept for ever: %s", async (path, isFixed) => {
    const file = join(folder, "page", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "content");
    const server = await serve({ store: createMemoryStore(), port: 0, assets: join(folder, "page") });
    const response = await fetch(`${server.url}/${path}`);
    expect(await response.text()).toBe("content");
    expect(response.headers.get("cache-control")).toBe(
      isFixed ? "public, max-age=31536000, immutable" : "no-cache",
    );
    await server.close();
  });

  test("nothing outside the folder, and no page for a route that is not there", async () => {
    const server = await serve({ store: createMemoryStore(), port: 0, assets: join(folder, "page") });
    for (const path of ["/..%2fsecret.txt", "/%2e%2e/secret.txt", "/code/..%5c..%5csecret.txt", "/nobody"]) {
      const response = await fetch(server.url + path);
      expect((await problemOf(response)).code).toBe("unknown_route");
    }
    await server.close();
  });

  test("that are not there are an error that says so", async () => {
    const served = serve({ store: createMemoryStore(), port: 0, assets: join(folder, "nothing") });
    await expect(served).rejects.toMatchObject({ code: "bad_setting" });
  });
});
