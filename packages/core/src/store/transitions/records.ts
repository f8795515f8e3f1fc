/** Records as they come from an owner: checked, and made text before any lock is taken. */
import { AlderError } from "../../errors/alder-error.ts";
import type { EventBody } from "../../protocol/events.ts";
import type { AppendInput, FinishInput, RecordInput } from "../store.ts";
import type { RecordText } from "../tables.ts";
import { isEnd } from "./status.ts";

/** The journal entry of a claim. */
export const CLAIMED = { t: "claimed" } as const;

/** The journal entries of a person's decisions. */
export const ACCEPTED = { t: "accepted" } as const;
export const RETRIED = { t: "retried" } as const;

export function toText({ event, entry }: RecordInput): RecordText {
  return {
    type: event.type,
    event: JSON.stringify(event),
    entry: entry === undefined ? null : JSON.stringify(entry),
  };
}

export function toEventText(event: EventBody): RecordText {
  return toText({ event });
}

/** Records of a run that goes on. Throws `store_misuse` when one of them would end it. */
export function toRecords({ token, records }: AppendInput): readonly RecordText[] {
  const ending = records.find(({ event }) => isEnd(event.type));
  if (ending) {
    throw misuse(token.runId, `"${ending.event.type}" ends the run: write it with \`finish\``);
  }
  return records.map(toText);
}

/** Records of a run that is blocked by them. Throws `store_misuse` unless the last one says so. */
export function toBlockingRecords(input: AppendInput): readonly RecordText[] {
  if (input.records.at(-1)?.event.type !== "run.blocked") {
    throw misuse(input.token.runId, 'its last record must be "run.blocked"');
  }
  return toRecords(input);
}

/** The last records of a run. Throws `store_misuse` unless the last one, and only that, ends it as asked. */
export function toLastRecords({ token, records, status }: FinishInput): readonly RecordText[] {
  const ending = records.findIndex(({ event }) => isEnd(event.type));
  if (ending !== records.length - 1 || records.at(-1)?.event.type !== `run.${status}`) {
    throw misuse(token.runId, `its last records must end with one "run.${status}"`);
  }
  return records.map(toText);
}

function misuse(runId: string, problem: string): AlderError {
  return new AlderError("store_misuse", `Records of run "${runId}" were not written: ${problem}.`, {
    details: { runId },
  });
}
