/** Runs, and whose turn it is. */
import type { Json, JsonObject } from "../../protocol/json.ts";
import type { RunRow, Tables } from "../tables.ts";
import { createListRuns } from "./list-runs.ts";
import { RUN_COLUMNS, toAssignments, toRunRow } from "./columns.ts";
import type { SqlValue } from "./driver.ts";
import type { Prepare } from "./statements.ts";

export type RunTables = Pick<
  Tables,
  | "findRun"
  | "insertRun"
  | "updateRun"
  | "listRuns"
  | "nextReady"
  | "hasReady"
  | "nextAlone"
  | "countAlone"
  | "expiredRuns"
  | "runsOf"
  | "dueRuns"
  | "blockedRuns"
  | "readInput"
  | "readTags"
  | "readMetadata"
  | "findIdempotency"
  | "insertIdempotency"
  | "findTurn"
  | "takeTurn"
>;

export function createRunTables(prepare: Prepare): RunTables {
  const select = (rest: string, ...values: readonly SqlValue[]): readonly RunRow[] =>
    prepare(`SELECT ${RUN_COLUMNS} FROM runs ${rest}`)
      .all(...values)
      .map(toRunRow);
  const findRun = (runId: string): RunRow | undefined => {
    const row = prepare(`SELECT ${RUN_COLUMNS} FROM runs WHERE run_id = ?`).get(runId);
    return row && toRunRow(row);
  };

  return {
    findRun,
    insertRun({ runId, workflow, queue, tenant, priority, createdAt, input, tags, metadata, salt }) {
      prepare(
        `INSERT INTO runs (run_id, workflow, queue, tenant, priority, created_at, updated_at, status, phase, tail_seq,
           tail_fence, fence, execution, recoveries, was_lost, cancel_requested, signals)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 'ready', 0, 0, 0, 0, 0, 0, 0, 0)`,
      ).run(runId, workflow, queue, tenant, priority, createdAt, createdAt);
      const row = findRun(runId)!;
      prepare("INSERT INTO inputs (run, input, tags, metadata, salt) VALUES (?, ?, ?, ?, ?)").run(
        row.number,
        JSON.stringify(input),
        tags.length === 0 ? null : JSON.stringify(tags),
        Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
        salt,
      );
      for (const tag of tags)
        prepare("INSERT OR IGNORE INTO tags (tag, tenant, run) VALUES (?, ?, ?)").run(
          tag,
          tenant,
          row.number,
        );
      return row;
    },
    updateRun(number, change) {
      const { set, values } = toAssignments(change);
      prepare(`UPDATE runs SET ${set} WHERE number = ?`).run(...values, number);
    },
    listRuns: createListRuns(prepare),
    // The conditions are those of the partial indexes, word by word.
    hasReady: (queue) => prepare("SELECT 1 FROM lines WHERE queue = ? LIMIT 1").get(queue) !== undefined,
    nextReady: (queue) =>
      select(
        `WHERE queue = ?1 AND ${readyCondition(false)} AND (priority, tenant) = (
           SELECT priority, tenant FROM lines WHERE queue = ?1 ORDER BY priority DESC, turn LIMIT 1)
         ORDER BY number LIMIT 1`,
        queue,
      )[0],
    nextAlone: (queue) =>
      select(`WHERE queue = ? AND ${readyCondition(true)} ORDER BY number LIMIT 1`, queue)[0],
    countAlone: (queue) =>
      prepare(`SELECT count(*) AS count FROM runs WHERE queue = ? AND ${readyCondition(true)}`).get(queue)![
        "count"
      ] as number,
    expiredRuns: (now, limit) =>
      select("WHERE lease_until IS NOT NULL AND lease_until <= ? ORDER BY lease_until LIMIT ?", now, limit),
    runsOf: (worker, limit) => select("WHERE lease_until IS NOT NULL AND owner = ? LIMIT ?", worker, limit),
    dueRuns: (now, limit) =>
      select("WHERE wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at LIMIT ?", now, limit),
    // By the index of statuses: a blocked run has that status, or that of one that is being cancelled, until it is claimed.
    blockedRuns: (queue) =>
      (["blocked", "cancelling"] as const).flatMap((status) =>
        select("WHERE status = ? AND phase = 'blocked' AND queue = ? ORDER BY number", status, queue),
      ),
    readInput(number) {
      const row = prepare("SELECT input, salt FROM inputs WHERE run = ?").get(number)!;
      return { input: JSON.parse(row["input"] as string) as Json, salt: row["salt"] as string };
    },
    readTags(number) {
      const text = prepare("SELECT tags FROM inputs WHERE run = ?").get(number)?.["tags"];
      return typeof text === "string" ? (JSON.parse(text) as string[]) : [];
    },
    readMetadata(number) {
      const text = prepare("SELECT metadata FROM inputs WHERE run = ?").get(number)?.["metadata"];
      return typeof text === "string" ? (JSON.parse(text) as JsonObject) : {};
    },

    findIdempotency({ workflow, tenant, key }) {
      const row = prepare(
        "SELECT run_id, fingerprint FROM idempotency WHERE workflow = ? AND tenant = ? AND key = ?",
      ).get(workflow, tenant, key);
      return row && { runId: row["run_id"] as string, fingerprint: row["fingerprint"] as string };
    },
    insertIdempotency({ workflow, tenant, key }, { runId, fingerprint }) {
      prepare(
        "INSERT INTO idempotency (workflow, tenant, key, fingerprint, run_id) VALUES (?, ?, ?, ?, ?)",
      ).run(workflow, tenant, key, fingerprint, runId);
    },

    findTurn: (queue) =>
      (prepare("SELECT turn FROM queues WHERE queue = ?").get(queue)?.["turn"] as number | undefined) ?? 0,
    takeTurn(queue) {
      prepare(
        `INSERT INTO queues (queue, turn) VALUES (?, (SELECT coalesce(max(turn), 0) + 1 FROM queues))
         ON CONFLICT (queue) DO UPDATE SET turn = excluded.turn`,
      ).run(queue);
    },
  };
}

function readyCondition(alone: boolean): string {
  return `phase = 'ready' AND recoveries ${alone ? ">=" : "<"} 2`;
}
