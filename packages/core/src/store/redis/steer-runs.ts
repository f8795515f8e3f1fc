/** Signals, cancels, and what lets a run go on. */
import type { AcceptOutcome, CancelOutcome, RetryOutcome, SignalOutcome, Store } from "../store.ts";
import type { Context } from "./context.ts";
import { toSignal } from "./replies.ts";
import { acceptRunScript, retryRunScript, unblockRunsScript } from "./scripts/reopen.ts";
import { requestCancelScript } from "./scripts/request-cancel.ts";
import { sendSignalScript } from "./scripts/send-signal.ts";

type Steering = Pick<
  Store,
  "sendSignal" | "readSignals" | "requestCancel" | "acceptRun" | "retryRun" | "unblockRuns"
>;

export function createSteering({ server, keys, partitions, nonce }: Context): Steering {
  return {
    async sendSignal(runId, { id, name, payload, input = null }) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) return "unknown_run";
      const given = [runId, id, JSON.stringify({ id, name, payload, input }), nonce()];
      return (await server.keep(sendSignalScript, partition, given)) as SignalOutcome;
    },
    async readSignals(runId, after) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) return [];
      const lines = await server.read((connection) =>
        connection.lrange(`${partition}:signals:${runId}`, after, -1),
      );
      return lines.map((line, index) => toSignal(line, after + index + 1));
    },
    async requestCancel(runId) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) return "unknown_run";
      return (await server.keep(requestCancelScript, partition, [runId, nonce()])) as CancelOutcome;
    },
    async acceptRun(runId) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) return "unknown_run";
      return (await server.keep(acceptRunScript, partition, [runId, nonce()])) as AcceptOutcome;
    },
    async retryRun(runId) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) return "unknown_run";
      return (await server.keep(retryRunScript, partition, [runId, nonce()])) as RetryOutcome;
    },
    async unblockRuns(queues) {
      await server.opened();
      const given = [...new Set(queues)];
      const counts = (await Promise.all(
        partitions.all.map((partition) => server.run(unblockRunsScript, partition, given)),
      )) as number[];
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
