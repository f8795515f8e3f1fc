/** What workers have told the world outside, and what must hold of runs whatever was done to the workers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { START, type RunEvent } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";

export interface Ledger {
  readonly file: string;
  /** When each step was executed, by its idempotency key. */
  read(): ReadonlyMap<string, readonly number[]>;
  /** How often a step was executed that had been before. */
  repeats(): number;
  remove(): void;
}

export function createLedger(): Ledger {
  const folder = mkdtempSync(join(tmpdir(), "alder-fleet-"));
  const file = join(folder, "ledger");
  writeFileSync(file, "");
  const read = (): ReadonlyMap<string, readonly number[]> => {
    const executions = new Map<string, number[]>();
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const [at = "", key = ""] = line.split(" ");
      const times = executions.get(key);
      if (times !== undefined) times.push(Number(at));
      else if (key !== "") executions.set(key, [Number(at)]);
    }
    return executions;
  };
  return {
    file,
    read,
    repeats: () => [...read().values()].reduce((sum, times) => sum + times.length - 1, 0),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What is wrong with the streams of completed runs, and, given a ledger, with what was executed. Nothing, one hopes. */
export async function findProblems(
  store: Store,
  runIds: readonly string[],
  ledger?: Ledger,
): Promise<readonly string[]> {
  const executions = ledger?.read() ?? new Map<string, readonly number[]>();
  const problems: string[] = [];
  for (let first = 0; first < runIds.length; first += 50) {
    const some = runIds.slice(first, first + 50).map(async (runId) => {
      const page = await store.readEvents(runId, START, 10_000);
      const events = page.outcome === "events" ? page.events : [];
      problems.push(...problemsOf(runId, events, executions).map((problem) => `run ${runId}: ${problem}`));
    });
    await Promise.all(some);
  }
  return problems;
}

function problemsOf(
  runId: string,
  events: readonly RunEvent[],
  executions: ReadonlyMap<string, readonly number[]>,
): readonly string[] {
  const problems: string[] = [];
  const finished = new Set<string>();
  let newest = 0;
  events.forEach((event, index) => {
    if (event.seq !== index + 1) problems.push(`event ${event.seq} stands at ${index + 1}`);
    if (event.fence > 0 && event.fence < newest) problems.push(`event ${event.seq} is of a stale owner`);
    newest = Math.max(newest, event.fence);
    if (event.type !== "step.completed") return;
    if (finished.has(event.step)) problems.push(`step ${event.step} has completed twice`);
    finished.add(event.step);
    for (const executedAt of executions.get(`${runId}:${event.step}`) ?? []) {
      if (executedAt > event.at)
        problems.push(`step ${event.step} was executed once more after it had completed`);
    }
  });
  const ends = events.filter(({ type }) => /^run\.(completed|failed|cancelled)$/.test(type));
  if (ends.length !== 1) problems.push(`${ends.length} terminal events`);
  if (events.at(-1)?.type !== "run.completed") problems.push(`it ends with ${JSON.stringify(events.at(-1))}`);
  return problems;
}
