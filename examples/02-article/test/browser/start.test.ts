// `npm start` as a process: what it says, how it ends, and what it does when it cannot begin.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

let environment: Record<string, string>;
let server: ServerProcess | undefined;
beforeEach(async () => {
  environment = {
    PORT: "0",
    MODEL_TOKEN_DELAY_MS: "1",
    ALDER_DATA: await mkdtemp(join(tmpdir(), "alder-start-")),
  };
});
afterEach(async () => {
  await server?.end("SIGKILL");
  server = undefined;
  await rm(environment.ALDER_DATA!, { recursive: true, force: true });
});

test("prints its addresses and a line for each thing that happens, and says that the model is the local one", async () => {
  server = await startServerProcess(environment);
  expect(server.output()).toContain("the local one, which quotes its prompt");
  expect(server.output()).toContain(`curl -N ${server.url}/workflows/article/runs`);
  expect(await (await fetch(`${server.url}/article/info`)).json()).toMatchObject({ isLocal: true });
  expect(await (await fetch(server.url)).text()).toContain("<title>Article");

  await startRun(server.url);
  await expect
    .poll(() => server!.output(), { timeout: 30_000 })
    .toMatch(/Research done in [\s\S]*Draft “.*” started[\s\S]*waits for the signal review/);
});

test("keeps its runs when it is asked to end, and goes on with them", async () => {
  server = await startServerProcess({ ...environment, MODEL_TOKEN_DELAY_MS: "20" });
  const { runId } = await startRun(server.url);
  await expect.poll(() => server!.output(), { timeout: 30_000 }).toContain("Draft “");
  expect(await server.end("SIGTERM")).toBe(0);

  server = await startServerProcess(environment);
  const first = server;
  await expect
    .poll(async () => await (await fetch(`${first.url}/runs/${runId}`)).json(), { timeout: 30_000 })
    .toMatchObject({ status: "waiting", inputs: [{ name: "review" }] });
  const view: unknown = await (await fetch(`${first.url}/runs/${runId}`)).json();
  expect(view).toMatchObject({ recoveries: 0 });
});

test("says which port is taken, and how to choose another", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await expect(startServerProcess({ ...environment, PORT: String(port) })).rejects.toThrow(
    new RegExp(`ended with 1:\nPort ${port} of 127.0.0.1 is in use: .* PORT=4610 npm start`),
  );
  other.close();
});

test("says in one line what is wrong with a setting", async () => {
  await expect(startServerProcess({ ...environment, PORT: "http" })).rejects.toThrow(
    /ended with 1:\nPORT is "http": .*\n$/,
  );
});

async function startRun(url: string): Promise<{ runId: string }> {
  const response = await fetch(`${url}/workflows/article/runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ topic: "Terminal colors" }),
  });
  expect(response.status).toBe(202);
  return (await response.json()) as { runId: string };
}
