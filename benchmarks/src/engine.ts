/**
 * What the engine itself costs: µs of processor time per step on a journal that answers at once, live and on recovery.
 * Processor time, since a machine that does other things at the same time makes the clock on the wall useless.
 */
import { all, component, Parallel, Sequence, use, workflow } from "@alder/core";
import { createElement } from "react";
import { definitionOf } from "../../packages/core/src/authoring/definition.ts";
import { executeRun } from "../../packages/core/src/engine/execute-run.ts";
import type { Applied } from "../../packages/core/src/engine/journal-entry.ts";
import { systemClock } from "../../packages/core/src/internal/clock.ts";

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

interface Size {
  n: number;
}

const UseChain = workflow("UseChain", ({ n }: Size) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = use(Inc.run({ v }));
  return v;
});
const Awaited = workflow("Awaited", async ({ n }: Size) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = await Inc.run({ v });
  return v;
});
const All = workflow("All", ({ n }: Size) => use(all(numbers(n).map((v) => Inc.run({ v })))).length);
const elements = ({ n }: Size) => numbers(n).map((v) => createElement(Inc as never, { key: v, v }));
const ParallelTree = workflow("ParallelTree", (size: Size) => createElement(Parallel, null, elements(size)));
const SequenceTree = workflow("SequenceTree", (size: Size) => createElement(Sequence, null, elements(size)));

const PROGRAMS = [
  { name: "sequential use()", program: UseChain, n: 100, rounds: 30 },
  { name: "sequential use()", program: UseChain, n: 1000, rounds: 3 },
  { name: "awaited one by one", program: Awaited, n: 1000, rounds: 8 },
  { name: "all() in a body", program: All, n: 1000, rounds: 8 },
  { name: "JSX <Parallel>", program: ParallelTree, n: 1000, rounds: 6 },
  { name: "JSX <Sequence>", program: SequenceTree, n: 1000, rounds: 4 },
];

export async function benchEngine(): Promise<void> {
  console.log("engine on an instant journal, µs of processor time per step, best (median):");
  for (const { name, program, n, rounds } of PROGRAMS) {
    const live: number[] = [];
    const replay: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const journal: Applied[] = [];
      live.push(await measured(() => run(program, { n }, journal), n));
      replay.push(await measured(() => run(program, { n }, [...journal]), n));
    }
    console.log(
      `  ${name.padEnd(20)} ${String(n).padStart(5)}   live ${shown(live)}   replay ${shown(replay)}`,
    );
  }
}

/** Executes to the end, on and into the journal. */
function run(program: unknown, input: { readonly n: number }, journal: Applied[]): Promise<void> {
  const definition = definitionOf(program);
  if (definition === undefined) throw new Error("not a workflow");
  let seq = journal.length;
  return new Promise((resolve, reject) => {
    executeRun({
      runId: "bench",
      workflow: definition,
      input,
      salt: "salt",
      createdAt: 0,
      journal: [...journal],
      signals: [],
      clock: systemClock,
      random: Math.random,
      strict: false,
      maxValueLength: 1_000_000,
      cancelGraceMs: 0,
      onDivergence: "block",
      outlet: {
        emit() {},
        write(_event, entry) {
          const written = { seq: ++seq, at: seq };
          journal.push({ ...entry, ...written });
          return Promise.resolve(written);
        },
        ready: () => undefined,
      },
      listener: {
        onEnd: (end) => (end.status === "completed" ? resolve() : reject(new Error(end.status))),
        onIdle: () => reject(new Error("idle")),
        onBlocked: () => reject(new Error("the run is blocked")),
        onDrained() {},
      },
    });
  });
}

async function measured(work: () => Promise<void>, steps: number): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  await new Promise<void>((resolve) => setImmediate(resolve));
  return (user + system) / steps;
}

function shown(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [best = Number.NaN, median = Number.NaN] = [sorted[0], sorted[sorted.length >> 1]];
  return `${best.toFixed(1).padStart(6)} (${median.toFixed(1)})`;
}
