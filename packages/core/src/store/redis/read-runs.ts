/** Reading streams and lists. */
import { AlderError } from "../../errors/alder-error.ts";
import type { RunEvent } from "../../protocol/events.ts";
import type { RunStatus } from "../../protocol/run-view.ts";
import type { RunSummary, Store } from "../store.ts";
import { toTenant } from "../transitions/summary.ts";
import { PAGE_BYTES } from "../transitions/read.ts";
import type { Context } from "./context.ts";
import { toTime } from "./replies.ts";
import { listRunsScript } from "./scripts/list-runs.ts";
import { readEventsScript } from "./scripts/read-events.ts";

interface Listed {
  readonly number: number;
  readonly partition: number;
  readonly run: RunSummary;
}

const ENTRIES_OF_EVENT = 3;
const FIELDS_OF_LISTED = 10;

export function createReading(context: Context): Pick<Store, "readEvents" | "listRuns"> {
  const { server, keys, partitions } = context;

  /** In as many calls as it takes: each looks at some runs only. */
  async function listIn(
    number: number,
    filter: readonly string[],
    bound: string,
    limit: number,
  ): Promise<readonly Listed[]> {
    const listed: Listed[] = [];
    let from = bound;
    for (;;) {
      const given = [...filter, from, limit - listed.length];
      const reply = await server.run(listRunsScript, partitions.all[number]!, given);
      const [goOn, ...runs] = reply as readonly [string, ...string[]];
      listed.push(...toListed(runs, number));
      if (goOn === "") return listed;
      from = `(${goOn}`;
    }
  }

  return {
    async readEvents(runId, after, limit) {
      const partition = keys.partitionOf(runId);
      if (partition === undefined) return { outcome: "unknown_run" };
      const given = [runId, after.seq, after.fence, Math.max(1, limit), PAGE_BYTES];
      const reply = (await server.run(readEventsScript, partition, given)) as
        | readonly [RunStatus | "reset", number, ...string[]]
        | null;
      if (reply === null) return { outcome: "unknown_run" };
      const [status, tail, ...parts] = reply;
      if (status === ("reset" as string)) return { outcome: "reset" };
      const events: RunEvent[] = [];
      for (let index = 0; index < parts.length; index += ENTRIES_OF_EVENT) {
        const [seq, fence] = parts[index]!.split("-").map(Number);
        const body = JSON.parse(parts[index + 2]!) as object;
        events.push({ seq, fence, at: Number(parts[index + 1]), ...body } as RunEvent);
      }
      const last = events.at(-1)?.seq ?? after.seq;
      return { outcome: "events", events, status: status as RunStatus, atTail: last === tail };
    },

    async listRuns({ workflow = "", status = "", tenant = "", tag = "", cursor, limit: wanted }) {
      const before = cursor === undefined ? undefined : parseListCursor(cursor);
      const limit = Math.max(1, wanted);
      await server.opened();
      const filter = [workflow, status, tenant, tag];
      const lists = await Promise.all(
        // One more than asked for tells whether there is another page.
        partitions.all.map((_, number) => listIn(number, filter, toBound(before, number), limit + 1)),
      );
      const listed = lists.flat().toSorted(newestFirst);
      const shown = listed.slice(0, limit);
      const last = shown.at(-1);
      return {
        runs: shown.map(({ run }) => run),
        cursor: last && listed.length > limit ? `r${last.number.toString(36)}.${last.partition}` : null,
      };
    },
  };
}

function toListed(reply: readonly string[], partition: number): readonly Listed[] {
  const listed: Listed[] = [];
  for (let index = 0; index < reply.length; index += FIELDS_OF_LISTED) {
    const [number, runId, workflow, status, ...rest] = reply.slice(index, index + FIELDS_OF_LISTED) as [
      string,
      string,
      string,
      RunStatus,
      ...string[],
    ];
    const [createdAt, updatedAt, endedAt, tenant, priority, tags] = rest as [string, ...string[]];
    const given = {
      tenant: toTenant(tenant!),
      priority: Number(priority),
      tags: tags ? (JSON.parse(tags) as string[]) : [],
    };
    const times = {
      createdAt: Number(createdAt),
      updatedAt: Number(updatedAt),
      endedAt: toTime(endedAt!),
    };
    listed.push({
      number: Number(number),
      partition,
      run: { runId, workflow, status, ...given, ...times },
    });
  }
  return listed;
}

type Position = Pick<Listed, "number" | "partition">;

/** Of two runs of one number, the one in the later partition is the newer. */
function newestFirst(left: Position, right: Position): number {
  return right.number - left.number || right.partition - left.partition;
}

/** The first number of a partition that comes after the position. */
function toBound(before: Position | undefined, partition: number): string {
  if (before === undefined) return "+inf";
  return partition < before.partition ? `${before.number}` : `(${before.number}`;
}

function parseListCursor(text: string): Position {
  const match = /^r([0-9a-z]{1,11})\.(\d{1,5})$/.exec(text);
  if (!match) {
    throw new AlderError(
      "bad_cursor",
      `"${text.slice(0, 60)}" is not a cursor of a list of runs: use the one that came with the page before, or none`,
    );
  }
  return { number: Number.parseInt(match[1]!, 36), partition: Number(match[2]) };
}
