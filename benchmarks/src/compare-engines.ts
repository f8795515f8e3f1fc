/**
 * What the engine itself costs: µs of processor time per step on a journal that answers at once, live and on replay, next
 * to the yardstick with the same programs. Processor time, since a machine that does other things at the same time makes
 * the clock on the wall useless. The ratio is the median over rounds in which the engines take turns, each in its own
 * process; the yardstick is also measured against itself, which tells what a ratio of this run is worth.
 */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample, SampleRequest } from "./engine/engine-process.ts";
import type { ProgramName } from "./engine/engine-under-test.ts";
import { median } from "./median.ts";
import { nextMessage } from "./next-message.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Set `ALDER_YARDSTICK` to its path where it lies elsewhere. */
const YARDSTICK = resolve(ROOT, process.env["ALDER_YARDSTICK"] ?? "../shared/prototype/alder.cjs");

/** Executed before anything is measured: workers live long, and until then most of the time is the compiler's. */
const WARM_UP_STEPS = 20_000;

interface Program {
  readonly title: string;
  readonly request: SampleRequest;
  readonly rounds: number;
}

const PROGRAMS: readonly Program[] = [
  program("sequential use()", "use", 100, 10, 15),
  program("sequential use()", "use", 1000, 1, 7),
  program("awaited one by one", "awaited", 1000, 3, 15),
  program("all() in a body", "all", 1000, 3, 15),
  program("all() in a body", "all", 5000, 1, 11),
  program("JSX <Parallel>", "parallel", 1000, 1, 11),
  program("JSX <Sequence>", "sequence", 1000, 1, 9),
];

function program(title: string, name: ProgramName, n: number, runs: number, rounds: number): Program {
  return { title, request: { program: name, n, runs }, rounds };
}

const ENGINES = ["alder", "yardstick", "yardstick again", "gensx"] as const;
type EngineName = (typeof ENGINES)[number];

export async function compareEngines(): Promise<void> {
  const hasYardstick = existsSync(YARDSTICK);
  console.log("engine on an instant journal, µs of processor time per step, medians:");
  if (!hasYardstick)
    console.log("  no yardstick here: set ALDER_YARDSTICK to the path of one; @gensx/core is beside it");
  const engines = ENGINES.filter((engine) => hasYardstick || !engine.startsWith("yardstick"));
  for (const measured of PROGRAMS) {
    const samples = await measure(measured, engines);
    for (const kind of ["live", "replay"] as const) print(measured, kind, samples);
  }
}

type Samples = ReadonlyMap<EngineName, readonly Sample[]>;

async function measure({ request, rounds }: Program, engines: readonly EngineName[]): Promise<Samples> {
  const children = new Map<EngineName, ChildProcess>();
  const samples = new Map<EngineName, Sample[]>(engines.map((engine) => [engine, []]));
  try {
    for (const engine of engines) children.set(engine, await startEngine(engine));
    const warmUps = Math.ceil(WARM_UP_STEPS / request.n / request.runs);
    for (let round = -warmUps; round < rounds; round++) {
      // Who comes first has it neither easier nor harder.
      for (const engine of round % 2 === 0 ? engines : engines.toReversed()) {
        const sample = await ask(children.get(engine)!, request);
        if (round >= 0) samples.get(engine)?.push(sample);
      }
    }
  } finally {
    for (const child of children.values()) child.kill();
  }
  return samples;
}

async function startEngine(engine: EngineName): Promise<ChildProcess> {
  const name = engine.split(" ")[0] ?? engine;
  const child = fork(new URL("./engine/engine-process.ts", import.meta.url), [name, YARDSTICK], {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, NODE_ENV: "production", NODE_PATH: resolve(ROOT, "node_modules") },
  });
  await nextMessage(child);
  return child;
}

async function ask(child: ChildProcess, request: SampleRequest): Promise<Sample> {
  child.send(request);
  return (await nextMessage(child)) as Sample;
}

function print({ title, request }: Program, kind: keyof Sample, samples: Samples): void {
  const times = (engine: EngineName): readonly number[] =>
    (samples.get(engine) ?? []).map((sample) => sample[kind] ?? Number.NaN);
  const own = times("alder");
  const yardstick = times("yardstick");
  const shown = (values: readonly number[]): string => median(values).toFixed(1).padStart(6);
  let line = `  ${title.padEnd(19)} ${String(request.n).padStart(5)} ${kind.padEnd(6)}  alder ${shown(own)}`;
  if (yardstick.length > 0) {
    const ratio = median(own.map((time, round) => time / yardstick[round]!));
    const noise = times("yardstick again").map((time, round) => time / yardstick[round]!);
    line += `  yardstick ${shown(yardstick)}  ratio ${ratio.toFixed(2)}  (yardstick to itself ${median(noise).toFixed(2)}, single rounds ${Math.min(...noise).toFixed(2)}–${Math.max(...noise).toFixed(2)})`;
  }
  if (kind === "live") line += `  gensx ${shown(times("gensx"))}`;
  console.log(line);
}
