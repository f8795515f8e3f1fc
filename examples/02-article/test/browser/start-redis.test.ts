// `npm run start:redis` with one worker and one API killed in the middle: the article is finished, its stream is whole.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "@alder/core/protocol";
import { createClient } from "@alder/react-client";
import { afterEach, beforeEach, expect, test } from "vitest";

const example = fileURLToPath(new URL("../..", import.meta.url));

let dataFolder: string;
let program: ChildProcess;
let printed = "";
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "alder-start-redis-"));
  const environment = { PORT: "0", MODEL_TOKEN_DELAY_MS: "15", ALDER_DATA: dataFolder };
  const noModel = { OPENAI_API_KEY: "", OPENAI_BASE_URL: "" };
  program = spawn(process.execPath, ["--conditions=alder-source", "--import", "tsx", "src/redis/main.ts"], {
    cwd: example,
    env: { ...process.env, NODE_ENV: "production", REDIS_URL: "", ...noModel, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  printed = "";
  for (const stream of [program.stdout!, program.stderr!])
    stream.on("data", (text) => (printed += String(text)));
});
afterEach(async () => {
  program.kill("SIGTERM");
  if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
  await rm(dataFolder, { recursive: true, force: true });
});

test("the article is finished although a worker and an API are killed; Ctrl-C ends all processes", async () => {
  const [, url = ""] = await untilPrinted(/Page\s+(\S+)/);
  expect(await (await fetch(url)).text()).toContain("<title>Article");
  const run = await createClient({ url }).start("article", { topic: "Terminal colors" });
  const events: RunEvent[] = [];
  run.onEvent((event) => events.push(event));
  const result = run.result();

  await expect.poll(() => events.some(({ type }) => type === "chunk"), { timeout: 60_000 }).toBe(true);
  const owner = events.find((event) => event.type === "run.started")?.worker ?? "";
  const [, api = ""] = await untilPrinted(/api 1 is process (\d+)/);
  for (const pid of [/-(\d+)-\w+$/.exec(owner)?.[1], api]) process.kill(Number(pid), "SIGKILL");

  await expect
    .poll(() => run.getSnapshot().view.inputs, { timeout: 90_000 })
    .toMatchObject([{ name: "review" }]);
  await run.signal("review", { approved: true });
  expect(await result, `it printed ${printed}`).toMatchObject({
    title: expect.any(String),
    review: { approved: true },
  });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "run.recovered")).toHaveLength(1);
  const finished = events.flatMap((event) => (event.type === "step.completed" ? [event.step] : []));
  expect(new Set(finished).size).toBe(finished.length);
  // Both are there again, each with another number.
  await untilPrinted(/worker (\d) has ended \(SIGKILL\), starting it again[^]*worker \1 is process/);
  await untilPrinted(/api 1 has ended \(SIGKILL\), starting it again[^]*api 1 is process/);

  program.kill("SIGINT");
  const [code] = (await once(program, "exit")) as [number | null];
  expect(code, `it printed ${printed}`).toBe(0);
  const processes = [...printed.matchAll(/is process (\d+)/g)].map(([, pid]) => Number(pid));
  expect(processes.length).toBe(7);
  expect(processes.filter(isAlive)).toEqual([]);
});

async function untilPrinted(pattern: RegExp): Promise<RegExpExecArray> {
  await expect.poll(() => printed, { timeout: 90_000 }).toMatch(pattern);
  return pattern.exec(printed)!;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
