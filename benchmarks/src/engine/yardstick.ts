/**
 * The yardstick: a bare engine with the same rules, in one file without borders between its parts, which the design was
 * tried on. It is not part of the repository. It resolves React from ours: its process is started with `NODE_PATH`.
 */
import { createRequire } from "node:module";
import { numbersBelow, type EngineUnderTest, type ProgramName } from "./engine-under-test.ts";

interface YardstickJournal {
  readonly log: readonly unknown[];
}

/** What the file exports, as far as it is used here. */
interface Yardstick {
  readonly component: (name: string, work: (props: { v: number }) => Promise<number>) => YardstickComponent;
  readonly workflow: (options: { name: string }, body: (input: { n: number }) => unknown) => unknown;
  readonly use: (call: unknown) => unknown;
  readonly all: (calls: readonly unknown[]) => unknown;
  /** Makes an element. */
  readonly x: (type: unknown, props: object | null, children?: readonly unknown[]) => unknown;
  readonly run: (workflow: unknown, input: object, options: object) => { readonly done: Promise<unknown> };
  readonly Journal: new (log?: readonly unknown[], from?: YardstickJournal) => YardstickJournal;
  readonly Parallel: unknown;
  readonly Sequence: unknown;
}

interface YardstickComponent {
  readonly run: (props: { v: number }) => Promise<number>;
}

export function loadYardstick(path: string): EngineUnderTest {
  const yardstick = createRequire(import.meta.url)(path) as Yardstick;
  const { component, workflow, use, all, x, run, Journal, Parallel, Sequence } = yardstick;
  const Inc = component("Inc", async ({ v }) => v + 1);
  const elements = (n: number) => numbersBelow(n).map((v) => x(Inc, { key: v, v }));
  const programs: Readonly<Record<ProgramName, unknown>> = {
    use: workflow({ name: "use" }, ({ n }) => {
      let v = 0;
      for (let index = 0; index < n; index++) v = use(Inc.run({ v })) as number;
      return v;
    }),
    awaited: workflow({ name: "awaited" }, async ({ n }) => {
      let v = 0;
      for (let index = 0; index < n; index++) v = await Inc.run({ v });
      return v;
    }),
    all: workflow(
      { name: "all" },
      ({ n }) => (use(all(numbersBelow(n).map((v) => Inc.run({ v })))) as number[]).length,
    ),
    parallel: workflow({ name: "parallel" }, ({ n }) => x(Parallel, null, elements(n))),
    sequence: workflow({ name: "sequence" }, ({ n }) => x(Sequence, null, elements(n))),
  };
  return {
    async execute(program, n) {
      const journal = new Journal();
      await run(programs[program], { n }, { journal }).done;
      return async () => {
        // Its last entry is the end of the run.
        const reread = (JSON.parse(JSON.stringify(journal.log)) as unknown[]).slice(0, -1);
        await run(programs[program], { n }, { journal: new Journal(reread, journal) }).done;
      };
    },
  };
}
