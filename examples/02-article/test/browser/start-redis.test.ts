// `npm run start:redis` with one worker and one API killed in the middle: the article is finished, its stream is whole.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "@alder/core/protocol";
import { createClient } from "@alder/react-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startProgram, type Program } from "../../../shared/test/program.ts";

let dataFolder: string;
let program: Program;
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "alder-start-redis-"));
  const environment = { PORT: "0", MODEL_TOKEN_DELAY_MS: "15", ALDER_DATA: dataFolder };
  program = startProgram("02-article", "src/redis/main.ts", environment);
});
afterEach(async () => {
  await program.end("SIGTERM");
  await rm(dataFolder, { recursive: true, force: true });
});

test("the article is finished although a worker and an API are killed; Ctrl-C ends all processes", async () => {
  const [, url = ""] = await program.untilPrinted(/Page\s+(\S+)/);
  expect(await (await fetch(url)).text()).toContain("<title>Article");
  const run = await createClient({ url }).start("article", { topic: "Terminal colors" });
  const events: RunEvent[] = [];
  run.onEvent((event) => events.push(event));
  const result = run.result();

  await expect.poll(() => events.some(({ type }) => type === "chunk"), { timeout: 60_000 }).toBe(true);
  const owner = events.find((event) => event.type === "run.started")?.worker ?? "";
  const [, api = ""] = await program.untilPrinted(/api 1 is process (\d+)/);
  for (const pid of [/-(\d+)-\w+$/.exec(owner)?.[1], api]) process.kill(Number(pid), "SIGKILL");

  await expect
    .poll(() => run.getSnapshot().view.inputs, { timeout: 90_000 })
    .toMatchObject([{ name: "review" }]);
  await run.signal("review", { approved: true });
  expect(await result, `it printed ${program.output()}`).toMatchObject({
    title: expect.any(String),
    review: { approved: true },
  });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "run.recovered")).toHaveLength(1);
  const finished = events.flatMap((event) => (event.type === "step.completed" ? [event.step] : []));
  expect(new Set(finished).size).toBe(finished.length);
  // Both are there again, each with another number.
  await program.untilPrinted(/worker (\d) has ended \(SIGKILL\), starting it again[^]*worker \1 is process/);
  await program.untilPrinted(/api 1 has ended \(SIGKILL\), starting it again[^]*api 1 is process/);

  expect(await program.end("SIGINT"), `it printed ${program.output()}`).toBe(0);
  const processes = [...program.output().matchAll(/is process (\d+)/g)].map(([, pid]) => Number(pid));
  expect(processes.length).toBe(7);
  expect(processes.filter(isAlive)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
