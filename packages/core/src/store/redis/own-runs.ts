/** What an owner does with its run: append to it, and give it up in one of four ways. */
import type { AppendInput, AppendResult, FinishResult, ParkResult, Store } from "../store.ts";
import type { RecordText } from "../tables.ts";
import { toBlockingRecords, toLastRecords, toRecords } from "../transitions/records.ts";
import { statusAfter } from "../transitions/status.ts";
import type { Context } from "./context.ts";
import { appendScript } from "./scripts/append.ts";
import { blockScript } from "./scripts/block.ts";
import { finishScript } from "./scripts/finish.ts";
import { parkScript } from "./scripts/park.ts";
import { releaseScript } from "./scripts/release.ts";
import type { Script } from "./scripts/script.ts";
import type { Argument } from "./server.ts";

export function createOwning({
  server,
  keys,
}: Context): Pick<Store, "append" | "park" | "block" | "finish" | "release"> {
  async function write(
    script: Script,
    { token, after, progress }: AppendInput,
    records: readonly RecordText[],
    own: readonly [Argument, Argument] = ["", ""],
  ): Promise<AppendResult | { readonly outcome: "news" | "cancelling" }> {
    const partition = keys.partitionOf(token.runId);
    if (partition === undefined) return { outcome: "fenced" };
    const types = records.map(({ type }) => type);
    const given = [
      token.runId,
      token.fence,
      after,
      progress ? 1 : 0,
      statusAfter("", types),
      statusAfter("cancelling", types),
      ...own,
      ...records.flatMap(({ event, entry }) => [event, entry ?? ""]),
    ];
    // What is on the way may be done again: what has come to an end must not.
    const isKept = progress || script === finishScript;
    const answer = isKept ? server.keep(script, partition, given) : server.run(script, partition, given);
    const [outcome, value] = (await answer) as ["written" | "fenced" | "gap" | "news" | "cancelling", number];
    if (outcome === "written") return { outcome, at: value };
    if (outcome === "gap") return { outcome, tail: value };
    return { outcome };
  }

  return {
    append: async (input) => (await write(appendScript, input, toRecords(input))) as AppendResult,
    park: async (input) =>
      (await write(parkScript, input, toRecords(input), [
        input.wakeAt ?? "",
        input.signalsSeen,
      ])) as ParkResult,
    block: async (input) => (await write(blockScript, input, toBlockingRecords(input))) as AppendResult,
    finish: async (input) =>
      (await write(finishScript, input, toLastRecords(input), [
        input.status,
        input.timings === undefined ? "" : JSON.stringify(input.timings),
      ])) as FinishResult,
    release: async (input) => (await write(releaseScript, input, toRecords(input))) as AppendResult,
  };
}
