/** Runs of the workflow `job` of the fleet's program. */
import type { StoreClient } from "@alder/core/client";
import { setTimeout as pause } from "node:timers/promises";

/** As ALDER_SEED says: repeats a run of these tests, as far as processes can be repeated. */
export const SEED = Number(process.env["ALDER_SEED"] ?? Date.now() % 1_000_000);

/** From 0 to below 1, the same for one seed. */
export function createRandom(): () => number {
  let state = SEED;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Starts the jobs with these numbers; a job that is there already is not started again. Their ids, in that order. */
export async function startJobs(client: StoreClient, numbers: readonly number[]): Promise<readonly string[]> {
  const runIds: string[] = [];
  for (let first = 0; first < numbers.length; first += 50) {
    const some = numbers.slice(first, first + 50).map((number) => {
      const name = `job ${number}`;
      return persist(() => client.start("job", { name }, { idempotencyKey: name }));
    });
    runIds.push(...(await Promise.all(some)).map(({ run }) => run.runId));
  }
  return runIds;
}

export function outputOf(number: number): string {
  return `job ${number} left! job ${number} right!!`;
}

/** Redis may be away for a while, or full: that is what these tests are about. */
export async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!String((error as { code?: string }).code).startsWith("store_")) throw error;
      await pause(50);
    }
  }
}
