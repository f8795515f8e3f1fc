/** Runs as rows of SQLite, and back. */
import type { RunStatus } from "../../protocol/run-view.ts";
import type { Phase, RunChange, RunRow } from "../tables.ts";
import type { SqlRow, SqlValue } from "./driver.ts";

/** All columns of `runs`. */
export const RUN_COLUMNS =
  "number, run_id, workflow, queue, tenant, priority, created_at, status, phase, updated_at, ended_at, tail_seq, tail_fence, fence, " +
  "owner, lease_until, wake_at, execution, recoveries, lost_fence, was_lost, cancel_requested, signals";

const columns: Record<Exclude<keyof RunChange, "tail">, string> = {
  status: "status",
  phase: "phase",
  updatedAt: "updated_at",
  endedAt: "ended_at",
  fence: "fence",
  owner: "owner",
  leaseUntil: "lease_until",
  wakeAt: "wake_at",
  execution: "execution",
  recoveries: "recoveries",
  lostFence: "lost_fence",
  wasLost: "was_lost",
  cancelRequested: "cancel_requested",
  signals: "signals",
};

export function toRunRow(row: SqlRow): RunRow {
  return {
    number: row["number"] as number,
    runId: row["run_id"] as string,
    workflow: row["workflow"] as string,
    queue: row["queue"] as string,
    tenant: row["tenant"] as string,
    priority: row["priority"] as number,
    createdAt: row["created_at"] as number,
    status: row["status"] as RunStatus,
    phase: row["phase"] as Phase,
    updatedAt: row["updated_at"] as number,
    endedAt: row["ended_at"] as number | null,
    tail: { seq: row["tail_seq"] as number, fence: row["tail_fence"] as number },
    fence: row["fence"] as number,
    owner: row["owner"] as string | null,
    leaseUntil: row["lease_until"] as number | null,
    wakeAt: row["wake_at"] as number | null,
    execution: row["execution"] as number,
    recoveries: row["recoveries"] as number,
    lostFence: row["lost_fence"] as number,
    wasLost: row["was_lost"] === 1,
    cancelRequested: row["cancel_requested"] === 1,
    signals: row["signals"] as number,
  };
}

/** What a change sets: the same columns in the same order for changes of one kind, so that few statements are prepared. */
export function toAssignments(change: RunChange): {
  readonly set: string;
  readonly values: readonly SqlValue[];
} {
  const names: string[] = [];
  const values: SqlValue[] = [];
  const add = (column: string, value: SqlValue): void => {
    names.push(`${column} = ?`);
    values.push(value);
  };
  for (const [name, value] of Object.entries(change)) {
    if (typeof value === "boolean") add(columns[name as keyof typeof columns], value ? 1 : 0);
    else if (typeof value !== "object" || value === null) add(columns[name as keyof typeof columns], value);
    else {
      add("tail_seq", value.seq);
      add("tail_fence", value.fence);
    }
  }
  return { set: names.join(", "), values };
}
