/** How large the benchmarks are: the published figures are of the defaults, a test takes tiny ones. */
import { parseArgs } from "node:util";

const DEFAULTS = {
  rounds: 5,
  /** Of one run. */
  steps: 1000,
  /** One-step runs, and jobs. */
  runs: 3000,
  /** Runs, and jobs, that a worker executes at once. */
  concurrency: 100,
  /** Runs that stream at once, each to a reader. */
  streams: 1000,
  /** Runs that stream to many readers. */
  readRuns: 500,
  readers: 5000,
  /** How long is streamed. */
  seconds: 15,
  /** Between two pieces of a stream, in milliseconds. */
  everyMs: 5000,
  /** Runs that are started one after the other. */
  starts: 300,
  /** Runs whose memory is measured. */
  memoryRuns: 500,
  /** Steps that wait for a permit. */
  waiting: 10_000,
};

export type Sizes = Readonly<typeof DEFAULTS>;

export function parseSizes(
  given: readonly string[],
  known: readonly string[],
): { readonly names: readonly string[]; readonly sizes: Sizes } {
  const options = Object.fromEntries(
    Object.keys(DEFAULTS).map((name) => [name, { type: "string" as const }]),
  );
  const { values, positionals } = parseArgs({ args: [...given], options, allowPositionals: true });
  for (const name of positionals) {
    if (!known.includes(name)) throw new Error(`no benchmark "${name}": there are ${known.join(", ")}`);
  }
  const sizes: Record<string, number> = { ...DEFAULTS };
  for (const [name, text] of Object.entries(values)) {
    const size = Number(text);
    if (!Number.isInteger(size) || size < 1)
      throw new Error(`--${name} takes a positive integer, not "${text}"`);
    sizes[name] = size;
  }
  return { names: positionals.length > 0 ? positionals : known, sizes: sizes as Sizes };
}
