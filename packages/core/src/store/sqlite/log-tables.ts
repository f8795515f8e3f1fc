/** What a run writes and is sent: events, journal, signals. */
import type { RunEvent } from "../../protocol/events.ts";
import type { Json } from "../../protocol/json.ts";
import type { StoredEntry, StoredSignal } from "../store.ts";
import type { StoredText, Tables } from "../tables.ts";
import type { SqlRow } from "./driver.ts";
import type { Prepare } from "./statements.ts";

export type LogTables = Pick<
  Tables,
  | "insertRecords"
  | "findStamp"
  | "readTexts"
  | "countFitting"
  | "readEvents"
  | "readJournal"
  | "hasSignal"
  | "insertSignal"
  | "readSignals"
>;

export function createLogTables(prepare: Prepare): LogTables {
  return {
    insertRecords(number, after, { fence, at }, records) {
      const insertEvent = prepare("INSERT INTO events (run, seq, fence, at, body) VALUES (?, ?, ?, ?, ?)");
      const insertEntry = prepare("INSERT INTO journal (run, seq, at, entry) VALUES (?, ?, ?, ?)");
      let seq = after;
      for (const { event, entry } of records) {
        seq += 1;
        insertEvent.run(number, seq, fence, at, event);
        if (entry !== null) insertEntry.run(number, seq, at, entry);
      }
    },
    findStamp(number, seq) {
      const row = prepare("SELECT fence, at FROM events WHERE run = ? AND seq = ?").get(number, seq);
      return row && { fence: row["fence"] as number, at: row["at"] as number };
    },
    readTexts: (number, after, limit) =>
      prepare("SELECT fence, at, body AS event FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?")
        .all(number, after, limit)
        .map(({ fence, at, event }) => ({ fence, at, event }) as StoredText),
    countFitting: (number, after, limit, bytes) =>
      prepare(
        `SELECT count(*) AS fitting FROM (
           SELECT sum(octet_length(body)) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS total
           FROM events WHERE run = ? AND seq > ? LIMIT ?
         ) WHERE total <= ?`,
      ).get(number, after, limit, bytes)!["fitting"] as number,
    readEvents: (number, after, limit) =>
      prepare("SELECT seq, fence, at, body FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?")
        .all(number, after, limit)
        .map(toEvent),
    readJournal: (number) =>
      prepare("SELECT seq, at, entry FROM journal WHERE run = ? ORDER BY seq")
        .all(number)
        .map(
          ({ seq, at, entry }) => ({ seq, at, entry: JSON.parse(entry as string) as Json }) as StoredEntry,
        ),

    hasSignal: (number, id) =>
      prepare("SELECT 1 FROM signals WHERE run = ? AND id = ?").get(number, id) !== undefined,
    insertSignal(number, { index, id, name, payload, input, at }) {
      prepare(
        "INSERT INTO signals (run, position, id, name, payload, input, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ).run(number, index, id, name, JSON.stringify(payload), input, at);
    },
    readSignals: (number, after) =>
      prepare(
        `SELECT position, id, name, payload, input, at FROM signals
         WHERE run = ? AND position > ? ORDER BY position`,
      )
        .all(number, after)
        .map(
          ({ position, payload, ...rest }) =>
            ({
              index: position,
              id: rest["id"],
              name: rest["name"],
              payload: JSON.parse(payload as string) as Json,
              input: rest["input"],
              at: rest["at"],
            }) as StoredSignal,
        ),
  };
}

/** Parsed in one piece: a body is an object that has at least its type, and copying one takes as long as parsing it. */
function toEvent({ seq, fence, at, body }: SqlRow): RunEvent {
  return JSON.parse(`{"seq":${seq},"fence":${fence},"at":${at},${(body as string).slice(1)}`) as RunEvent;
}
