/** Leases and timers: renewing them, seeing to those that are over; and deleting what has ended. */
import type { ReapResult, RunToken, Store } from "../store.ts";
import { DELETED_RUNS_LIMIT } from "../assemble-store.ts";
import { PRESENCE_LEASES, REAP_LIMIT } from "../transitions/keep.ts";
import type { Context } from "./context.ts";
import { buryWorkerScript } from "./scripts/bury-worker.ts";
import { deleteEndedScript, listEndedScript } from "./scripts/delete-ended.ts";
import { forgetWorkerScript } from "./scripts/directory.ts";
import { heartbeatScript } from "./scripts/heartbeat.ts";
import { freeKeyScript } from "./scripts/idempotency.ts";
import { reapScript } from "./scripts/reap.ts";

/** As many calls at most see to what is due in a partition at one time. */
const REAP_CALLS = 50;

type Keeping = Pick<Store, "heartbeat" | "reap" | "buryWorker" | "forgetWorker" | "deleteEnded">;

export function createKeeping(context: Context): Keeping {
  const { server, keys, partitions } = context;

  const forgetWorker = async (worker: string): Promise<void> => {
    await server.run(forgetWorkerScript, partitions.first, [worker]);
  };

  /** Many small scripts rather than a long one, so that nobody waits behind it. */
  async function reapIn(partition: string): Promise<ReapResult> {
    const sum = { expired: 0, due: 0 };
    for (let call = 0; call < REAP_CALLS; call++) {
      const [expired, due] = (await server.run(reapScript, partition, [REAP_LIMIT])) as [number, number];
      sum.expired += expired;
      sum.due += due;
      if (expired < REAP_LIMIT && due < REAP_LIMIT) break;
    }
    return sum;
  }

  async function deleteIn(partition: string, olderThanMs: number, limit: number): Promise<number> {
    const listed = (await server.run(listEndedScript, partition, [olderThanMs, limit])) as string[];
    const runIds: string[] = [];
    const freed: Promise<unknown>[] = [];
    for (let index = 0; index < listed.length; index += 2) {
      const [runId, keyName] = [listed[index]!, listed[index + 1]!];
      runIds.push(runId);
      if (keyName !== "") freed.push(server.run(freeKeyScript, keys.keySlot(keyName), [keyName, runId]));
    }
    await Promise.all(freed);
    if (runIds.length === 0) return 0;
    return (await server.run(deleteEndedScript, partition, [olderThanMs, ...runIds])) as number;
  }

  /** Ids and fences, in turn. */
  function groupByPartition(tokens: readonly RunToken[]): ReadonlyMap<string, readonly (string | number)[]> {
    const groups = new Map<string, (string | number)[]>();
    for (const { runId, fence } of tokens) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) continue;
      const group = groups.get(partition);
      if (group === undefined) groups.set(partition, [runId, fence]);
      else group.push(runId, fence);
    }
    return groups;
  }

  return {
    forgetWorker,

    /** One call for each partition in which the worker has runs, and one for its presence, which may be the same. */
    async heartbeat({ worker, tokens, givenUp = [], leaseMs }) {
      const held = groupByPartition(tokens);
      const gone = groupByPartition(givenUp);
      const lost = tokens.map(({ runId }) => runId).filter((runId) => keys.partitionOf(runId) === undefined);
      const presence = [worker.id, JSON.stringify(worker), leaseMs * PRESENCE_LEASES];
      const replies = await Promise.all(
        [...new Set([partitions.first, ...held.keys(), ...gone.keys()])].map((partition) => {
          const own = partition === partitions.first ? presence : ["", "", 0];
          const pairs = held.get(partition) ?? [];
          const given = [leaseMs, ...own, pairs.length / 2, ...pairs, ...(gone.get(partition) ?? [])];
          return server.run(heartbeatScript, partition, given);
        }),
      );
      const confirmed: { runId: string; signals: number; cancelRequested: boolean }[] = [];
      for (const [lostThere, kept] of replies as [string[], (string | number)[]][]) {
        lost.push(...lostThere);
        for (let index = 0; index < kept.length; index += 3) {
          const [runId, signals, cancel] = kept.slice(index, index + 3) as [string, number, number];
          confirmed.push({ runId, signals, cancelRequested: cancel === 1 });
        }
      }
      return { lost, held: confirmed };
    },

    async reap() {
      await server.opened();
      const [reaped] = await Promise.all([
        Promise.all(partitions.all.map(reapIn)),
        // Partitions that others have added are looked after from the next time on.
        context.refresh(),
      ]);
      return reaped.reduce((sum, { expired, due }) => ({
        expired: sum.expired + expired,
        due: sum.due + due,
      }));
    },

    async buryWorker(worker) {
      await server.opened();
      const counts = (await Promise.all(
        partitions.all.map((partition) => server.run(buryWorkerScript, partition, [worker, REAP_LIMIT])),
      )) as number[];
      if (counts.every((count) => count < REAP_LIMIT)) await forgetWorker(worker);
      return { expired: counts.reduce((sum, count) => sum + count, 0), due: 0 };
    },

    async deleteEnded(olderThanMs) {
      await server.opened();
      let deleted = 0;
      for (const partition of partitions.all) {
        if (deleted < DELETED_RUNS_LIMIT)
          deleted += await deleteIn(partition, olderThanMs, DELETED_RUNS_LIMIT - deleted);
      }
      return deleted;
    },
  };
}
