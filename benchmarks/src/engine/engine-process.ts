/**
 * One engine in a process of its own: two in one process would share a heap and its collections, and what V8 has learnt
 * of the functions both use. `argv`: the engine's name, and the path of the yardstick.
 */
import type { EngineUnderTest, ProgramName } from "./engine-under-test.ts";

/** µs of processor time per step. */
export interface Sample {
  readonly live: number;
  readonly replay: number | null;
}

export interface SampleRequest {
  readonly program: ProgramName;
  readonly n: number;
  /** Executions that are measured together. */
  readonly runs: number;
}

process.env["NODE_ENV"] = "production"; // before React is loaded
const engine = await load(process.argv[2] ?? "");

process.on("message", (request: SampleRequest) => {
  sample(request).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.("ready");

async function load(name: string): Promise<EngineUnderTest> {
  if (name === "gensx") return (await import("./gensx.ts")).gensx;
  if (name === "alder") return (await import("./alder.ts")).alder;
  return (await import("./yardstick.ts")).loadYardstick(process.argv[3] ?? "");
}

async function sample({ program, n, runs }: SampleRequest): Promise<Sample> {
  const replays: (() => Promise<void>)[] = [];
  const live = await processorTime(async () => {
    for (let count = 0; count < runs; count++) {
      const replay = await engine.execute(program, n);
      if (replay !== null) replays.push(replay);
    }
  });
  const replayed = await processorTime(async () => {
    for (const replay of replays) await replay();
  });
  return { live: live / runs / n, replay: replays.length === 0 ? null : replayed / runs / n };
}

async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  await new Promise<void>((resolve) => setImmediate(resolve));
  return user + system;
}
