/** Alder as it is published: the built package, since what transforms sources as they are loaded slows every closure. */
import { all, component, Parallel, Sequence, use, workflow } from "@alder/core";
import { createElement } from "react";
import { definitionOf } from "../../../packages/core/dist/authoring/definition.js";
import { executeRun } from "../../../packages/core/dist/engine/execute-run.js";
import type { Applied } from "../../../packages/core/dist/engine/journal-entry.js";
import { systemClock } from "../../../packages/core/dist/internal/clock.js";
import { numbersBelow, type EngineUnderTest, type ProgramName } from "./engine-under-test.ts";

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);

interface Size {
  n: number;
}

const elements = ({ n }: Size) => numbersBelow(n).map((v) => createElement(Inc as never, { key: v, v }));

export const programs: Readonly<Record<ProgramName, unknown>> = {
  use: workflow("use", ({ n }: Size) => {
    let v = 0;
    for (let index = 0; index < n; index++) v = use(Inc.run({ v }));
    return v;
  }),
  awaited: workflow("awaited", async ({ n }: Size) => {
    let v = 0;
    for (let index = 0; index < n; index++) v = await Inc.run({ v });
    return v;
  }),
  all: workflow("all", ({ n }: Size) => use(all(numbersBelow(n).map((v) => Inc.run({ v })))).length),
  parallel: workflow("parallel", (size: Size) => createElement(Parallel, null, elements(size))),
  sequence: workflow("sequence", (size: Size) => createElement(Sequence, null, elements(size))),
};

export const alder: EngineUnderTest = {
  async execute(program, n) {
    const journal: Applied[] = [];
    await executeInstantly(programs[program], { n }, journal);
    return () => executeInstantly(programs[program], { n }, reread(journal));
  },
};

function reread(journal: readonly Applied[]): Applied[] {
  return JSON.parse(JSON.stringify(journal)) as Applied[];
}

/** Executes to the end, on and into the journal, which answers at once. */
function executeInstantly(
  program: unknown,
  input: { readonly n: number },
  journal: Applied[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    startInstantly(program, input, journal, {
      onEnd: (end) => (end.status === "completed" ? resolve() : reject(new Error(end.status))),
      onIdle: () => reject(new Error("idle")),
      onBlocked: () => reject(new Error("the run is blocked")),
      onDrained() {},
    });
  });
}

export function startInstantly(
  program: unknown,
  input: { readonly n: number },
  journal: Applied[],
  listener: Parameters<typeof executeRun>[0]["listener"],
): ReturnType<typeof executeRun> {
  const definition = definitionOf(program);
  if (definition === undefined) throw new Error("not a workflow");
  let seq = journal.length;
  return executeRun({
    runId: "bench",
    workflow: definition,
    input,
    tenant: null,
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
    listener,
  });
}
