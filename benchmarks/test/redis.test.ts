/** Each benchmark of Redis, in a tiny size: it starts its processes, comes to its figures, and leaves nothing behind. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SIZES = {
  rounds: 1,
  steps: 20,
  runs: 30,
  concurrency: 10,
  streams: 5,
  readRuns: 3,
  readers: 6,
  seconds: 1,
  everyMs: 100,
  starts: 5,
  memoryRuns: 5,
  waiting: 200,
};

const FIGURES = {
  step: [/bare fenced append \d+ {3}durable step \d+ {3}ratio \d+\.\d\d/],
  runs: [/Alder {3}\d+ per second/, /BullMQ {2}\d+ per second/, /ratio \d+\.\d\d/],
  stream: [/[1-9]\d* pieces per second {3}p50 \d+\.\d ms {3}p99 \d+\.\d ms/],
  readers: [
    /connections to Redis of all processes: (\d+) with 1 reader, \1 with all/,
    /[1-9]\d* pieces sent/,
  ],
  first: [/p50 \d+\.\d ms/],
  limits: [/free, given back +\d+ µs {3}ratio \d+\.\d\d/, /next of 200 +\d+ µs {3}ratio \d+\.\d\d/],
  // Of five runs a server that gives room back meanwhile may say anything.
  memory: [/a queued run -?\d+\.\d KB/, /each step of a long run, ended -?\d+ bytes, \d+\.\d\d scripts/],
};

test.each(Object.keys(FIGURES) as (keyof typeof FIGURES)[])(
  "%s prints its figures",
  (name) => {
    const sizes = Object.entries(SIZES).map(([size, value]) => `--${size}=${value}`);
    const { status, stdout, stderr } = benchmark(name, ...sizes);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    for (const figure of FIGURES[name]) expect(stdout).toMatch(figure);
    expect(stdout).not.toContain("NaN");
  },
  120_000,
);

test("a name or a size that is none is told", () => {
  expect(benchmark("steps").stderr).toContain('no benchmark "steps": there are step, runs,');
  expect(benchmark("step", "--rounds=none").stderr).toContain(
    '--rounds takes a positive integer, not "none"',
  );
});

function benchmark(...given: readonly string[]) {
  const program = fileURLToPath(new URL("../src/redis/main.ts", import.meta.url));
  const options = ["--conditions=alder-source", "--expose-gc", "--import", "tsx", program, ...given];
  return spawnSync(process.execPath, options, {
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: "production" },
  });
}
