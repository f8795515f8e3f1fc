/**
 * Claiming, over all partitions: each gives those that are next in it, and every call begins with another one.
 *
 * 1. A run that must be executed alone is all that a call gives (E8).
 * 2. A claim that is sent again is given what it was given.
 */
import type { Claim, ClaimRequest, ClaimResult, Store } from "../store.ts";
import { ALONE_AFTER } from "../tables.ts";
import { toTenant } from "../transitions/summary.ts";
import { CLAIMED } from "../transitions/records.ts";
import type { Context } from "./context.ts";
import { inputOf, toEntry, toSignal } from "./replies.ts";
import { claimScript } from "./scripts/claim.ts";

type Given = readonly [
  runId: string,
  fence: number,
  workflow: string,
  salt: string,
  createdAt: number,
  execution: number,
  recoveries: number,
  tail: number,
  cancelRequested: 0 | 1,
  signals: number,
  entries: number,
  firstEvent: string,
  at: number,
  tenant: string,
];

/** As many lines of a journal as are read at once. */
const LINES = 1_000;

export function createClaiming({ server, partitions, nonce }: Context): Pick<Store, "claim"> {
  let first = 0;
  /** Partitions with runs that must be executed alone: an idle worker asks these first, or others would always be faster. */
  const withAlone = new Set<string>();

  /** What the run has written so far. Only its owner writes more, so this may come later. */
  async function withJournal(partition: string, given: Given): Promise<Claim> {
    const [runId, fence, workflow, salt, createdAt, execution, recoveries, tail, cancel, signals] = given;
    const [, , , , , , , , , , entries, firstEvent, at, tenant] = given;
    const journalOf = async () => {
      // Of a run that was never executed before, there is nothing to be read.
      if (entries === 1 && at > 0) return [{ seq: tail, at, entry: CLAIMED }];
      return (await readLines(`${partition}:journal:${runId}`)).map(toEntry);
    };
    const signalsOf = async () => {
      if (signals === 0) return [];
      const lines = await readLines(`${partition}:signals:${runId}`);
      return lines.map((line, index) => toSignal(line, index + 1));
    };
    const [journal, sent] = await Promise.all([journalOf(), signalsOf()]);
    return {
      token: { runId, fence },
      workflow,
      tenant: toTenant(tenant),
      input: inputOf(firstEvent),
      salt,
      createdAt,
      execution,
      recoveries,
      alone: recoveries >= ALONE_AFTER,
      tail,
      journal,
      signals: sent,
      cancelRequested: cancel === 1,
    };
  }

  async function readLines(key: string): Promise<readonly string[]> {
    const lines: string[] = [];
    for (;;) {
      const page = await server.read((connection) =>
        connection.lrange(key, lines.length, lines.length + LINES - 1),
      );
      lines.push(...page);
      if (page.length < LINES) return lines;
    }
  }

  /** The claims of one partition, and how many runs there must be executed alone. */
  async function claimIn(partition: string, request: ClaimRequest): Promise<ClaimResult> {
    const { worker, queues, limit, leaseMs, idle } = request;
    const call = nonce();
    const reply = (await server.run(claimScript, partition, (isAgain) => [
      worker,
      JSON.stringify(worker),
      leaseMs,
      limit,
      idle ? 1 : 0,
      call,
      isAgain ? 1 : 0,
      ...new Set(queues),
    ])) as readonly [number, ...Given[]];
    const [alone, ...runs] = reply;
    return { claims: await Promise.all(runs.map((given) => withJournal(partition, given))), alone };
  }

  const hasAlone = (partition: string): boolean => withAlone.has(partition);

  return {
    async claim(request) {
      await server.opened();
      const { all } = partitions;
      first = (first + 1) % all.length;
      const claims: Claim[] = [];
      let alone = 0;
      const inTurn = [...all.slice(first), ...all.slice(0, first)];
      for (const partition of [...inTurn.filter(hasAlone), ...inTurn.filter((name) => !hasAlone(name))]) {
        const isTaken = claims[0]?.alone === true;
        const limit = isTaken ? 0 : request.limit - claims.length;
        const idle = request.idle && claims.length === 0;
        const given = await claimIn(partition, { ...request, limit, idle }).catch((error: unknown) => {
          // What the others have given is the caller's, whatever becomes of this one.
          if (claims.length === 0) throw error;
          return { claims: [], alone: 0 };
        });
        claims.push(...given.claims);
        alone += given.alone;
        if (given.alone > 0) withAlone.add(partition);
        else withAlone.delete(partition);
      }
      return { claims, alone };
    },
  };
}
