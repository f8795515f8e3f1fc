/**
 * E2, E3, E5: what a step costs does not grow with the workflow, live or on recovery. Counted, not timed: hashes, React
 * flushes, renders and the calls that bodies make, at two sizes.
 */
import type * as Crypto from "node:crypto";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { all, component, Parallel, use, workflow } from "../../src/index.ts";
import type * as ReactRoot from "../../src/reconciler/react-root.ts";
import { createDisk, live, type AnyWorkflow, type Disk } from "./harness.ts";

/** One that asks for the steps, and one that takes their results: none of those that React would add when it is idle. */
const PASSES = 2;

const counts = vi.hoisted(() => ({ hashes: 0, flushes: 0, renders: 0, calls: 0 }));

vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof Crypto>();
  const hash = (...given: Parameters<typeof crypto.hash>): unknown => {
    counts.hashes++;
    return crypto.hash(...given);
  };
  return { ...crypto, hash };
});

vi.mock("../../src/reconciler/react-root.ts", async (original) => {
  const root = await original<typeof ReactRoot>();
  const flushReact = (): void => {
    counts.flushes++;
    root.flushReact();
  };
  return { ...root, flushReact };
});

beforeEach(forgetCounts);

interface Size {
  n: number;
}

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);
const call = (v: number) => {
  counts.calls++;
  return Inc.run({ v });
};
const upTo = (n: number): number[] => Array.from({ length: n }, (_, v) => v);

const awaited = workflow("awaited", async ({ n }: Size) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = await call(v);
  return v;
});
const together = workflow("together", ({ n }: Size) => use(all(upTo(n).map(call))).length);
const parallel = workflow("parallel", ({ n }: Size) => (
  <Parallel>
    {upTo(n).map((v) => (
      <Counted key={v}>
        <Inc v={v} />
      </Counted>
    ))}
  </Parallel>
));

function Counted({ children }: { children: ReactNode }): ReactNode {
  counts.renders++;
  return children;
}

test.each([
  ["awaited steps", awaited],
  ["all() of many calls", together],
  ["many elements of a Parallel", parallel],
] as const)("%s: four times the steps cost four times as much", async (_, program) => {
  const small = await costOf(program, 100);
  const large = await costOf(program, 400);
  for (const way of ["live", "recovery"] as const) {
    expect(large[way].calls).toBeLessThanOrEqual(PASSES * 400);
    // Each step's identity once, however often it is rendered; and what a run hashes without any step.
    expect(large[way].hashes).toBeLessThanOrEqual(400 + 4);
    for (const counted of ["hashes", "flushes", "renders"] as const) {
      // What a run costs without any step is in both.
      expect(large[way][counted]).toBeLessThanOrEqual(4 * small[way][counted] + 4);
    }
  }
  expect(small.live.hashes).toBeGreaterThanOrEqual(100);
  expect(small.live.flushes).toBeGreaterThan(0);
  expect(small.recovery.hashes).toBeLessThanOrEqual(small.live.hashes);
});

async function costOf(program: AnyWorkflow, n: number): Promise<Record<"live" | "recovery", typeof counts>> {
  const disk = createDisk();
  const alive = await count(program, n, disk);
  // The end of a run is not in its journal: another owner replays all of it and ends it once more.
  return { live: alive, recovery: await count(program, n, disk) };
}

async function count(program: AnyWorkflow, n: number, disk: Disk): Promise<typeof counts> {
  forgetCounts();
  const stopped = await live(program, { disk, input: { n } }).stopped;
  expect(stopped).toMatchObject({ state: "ended", end: { status: "completed" } });
  return { ...counts };
}

function forgetCounts(): void {
  Object.assign(counts, { hashes: 0, flushes: 0, renders: 0, calls: 0 });
}
