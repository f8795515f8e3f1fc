/**
 * Proves a share of the programs: `run-share.ts <from> <to> <crashed> <changed>` takes the seeds from … to, stops the first
 * `crashed` of them at every write, and changes code in every way for the first `changed`. Prints a line of JSON for each
 * failure, and one with the totals. With `ALDER_TEST_STORE=redis` the runs are in Redis.
 */
import { createRedisStore } from "@alder/core/redis";
import { startRedis } from "../../store/redis/redis-server.ts";
import { EDITS, growScript, liveChanged, SHAPES } from "./changed-code.ts";
import { generate } from "./generate.ts";
import { createStoreOfPrograms } from "./live-on-store.ts";
import { prove } from "./prove.ts";
import { Random } from "./random.ts";
import { shrink } from "./shrink.ts";

// Of errors by the thousand only the messages are read.
Error.stackTraceLimit = 0;

const [from = 1, to = 1, crashed = 0, changed = 0] = process.argv.slice(2).map(Number);
const totals = {
  edits: 0,
  programs: 0,
  completed: 0,
  failed: 0,
  ties: 0,
  crashed: 0,
  lives: 0,
  recoveries: 0,
  problems: 0,
};
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));

const redis = process.env["ALDER_TEST_STORE"] === "redis" ? await startRedis() : undefined;
const store = redis && createStoreOfPrograms((clock) => createRedisStore({ url: redis.url, clock }));

for (let seed = from; seed <= to; seed++) {
  const effort = seed < from + crashed ? { crashPoints: Infinity, chains: 2 } : {};
  const program = generate(seed);
  const { expected, lives, recoveries, problems } = await prove(program, effort, store?.live);
  await store?.forget();
  totals.programs++;
  totals.lives += lives;
  totals.recoveries += recoveries;
  if (expected === null) totals.ties++;
  else {
    totals[expected.status]++;
    if (effort.chains !== undefined) totals.crashed++;
  }
  const all = [...problems, ...unhandled.splice(0).map((reason) => `unhandled: ${reason}`)];
  if (all.length === 0) continue;
  totals.problems++;
  const kind = kindOf(all[0]);
  const smallest = await shrink(program, async (smaller) =>
    (await prove(smaller, effort, store?.live)).problems.some((problem) => kindOf(problem) === kind),
  );
  console.log(JSON.stringify({ seed, problems: all.slice(0, 5), program: smallest }));
}
for (let seed = from; seed < from + changed; seed++) {
  for (const [name, edit] of Object.entries(EDITS)) {
    for (const shape of SHAPES) {
      const random = new Random(seed);
      const script = growScript(seed, shape, random);
      const edited = { ...script, lines: edit([...script.lines], random) };
      const found = await liveChanged(script, edited, random.from(1, script.lines.length - 1));
      totals.edits++;
      if (found.length === 0) continue;
      totals.problems++;
      console.log(JSON.stringify({ seed, problems: [`${name} in ${shape}`, ...found] }));
    }
  }
}
console.log(JSON.stringify({ totals }));
await store?.close();
await redis?.stop();
process.exit(0);

/** A smaller program is to fail in the same way. */
function kindOf(problem = ""): string {
  const kinds = ["it must be", "lived", "the replay", "executed again", "two results", "was said to have"];
  return kinds.find((kind) => problem.includes(kind)) ?? problem;
}
