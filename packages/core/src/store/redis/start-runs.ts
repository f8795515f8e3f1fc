/** Making runs, once for each idempotency key of a workflow and tenant. */
import { v7 } from "uuid";
import { AlderError } from "../../errors/alder-error.ts";
import type { CreateResult, CreateRun, RunRecord, Store } from "../store.ts";
import { queuedEvent } from "../transitions/create-run.ts";
import type { Context } from "./context.ts";
import { toKeyName } from "./keys.ts";
import { givenOf, toRunRecord } from "./replies.ts";
import { createRunScript } from "./scripts/create-run.ts";
import { freeKeyScript, giveUpRunScript, reserveKeyScript } from "./scripts/idempotency.ts";
import { readRunScript } from "./scripts/read-run.ts";

type NewRun = Pick<RunRecord, "runId" | "workflow" | "queue" | "createdAt"> & {
  /** Its first event, as JSON. */
  readonly event: string;
};

/** A run is deleted between two questions once at most, unless something is wrong. */
const ATTEMPTS = 10;

/**
 * A key is in a slot of its own, a run in that of its partition, so this is two transitions: the key is given the id of a
 * run to be, then the run is made under it, by whoever comes first. A process that dies between leaves a key whose run
 * the next request makes; one with another fingerprint first frees it.
 */
export function createStarting(context: Context): Pick<Store, "createRun" | "readRun"> {
  const { server, keys, partitions, random, nonce } = context;

  async function readRun(runId: string) {
    const partition = keys.partitionOf(runId);
    return partition === undefined
      ? undefined
      : toRunRecord(runId, await server.run(readRunScript, partition, [runId]));
  }

  /** Undefined when the run was deleted since its key was read. */
  async function makeRun(
    runId: string,
    request: CreateRun,
    keyName: string,
  ): Promise<CreateResult | undefined> {
    const { workflow, queue, tenant = "", priority = 0, tags = [] } = request;
    const partition = keys.partitionOf(runId)!;
    const event = JSON.stringify(queuedEvent(request));
    const tagText = tags.length === 0 ? "" : JSON.stringify(tags);
    const own = [toHex(random(16)), nonce(), keyName];
    const given = [runId, workflow, queue, event, ...own, tenant, priority, tagText];
    const [outcome, createdAt] = (await server.keep(createRunScript, partition, given)) as
      | ["created", number]
      | ["existing" | "gone"];
    // As it was made: nothing has to be asked.
    if (outcome === "created") {
      return { outcome, run: newRun({ runId, workflow, queue, createdAt, event }) };
    }
    const run = outcome === "gone" ? undefined : await readRun(runId);
    return run && { outcome: "existing", run };
  }

  /** Frees a key that leads to a run which nobody has made. False where the run is there. */
  async function freeUnmade(runId: string, keyName: string): Promise<boolean> {
    const givenUp = await server.run(giveUpRunScript, keys.partitionOf(runId)!, [runId]);
    if (givenUp !== 1) return false;
    await server.run(freeKeyScript, keys.keySlot(keyName), [keyName, runId]);
    return true;
  }

  async function tryToCreate(request: CreateRun): Promise<CreateResult | undefined> {
    const { workflow, tenant = "", idempotency } = request;
    // The number of partitions is known once the server was asked for anything.
    await server.opened();
    const id = v7({ msecs: context.approximateNow(), random: random(16) });
    const runId = `${partitions.pick(random)}.${id}`;
    if (idempotency === undefined) return makeRun(runId, request, "");
    const keyName = toKeyName(workflow, tenant, idempotency.key);
    const given = [keyName, runId, idempotency.fingerprint];
    const reserved = (await server.keep(reserveKeyScript, keys.keySlot(keyName), given)) as [string, string];
    const [taken, fingerprint] = reserved;
    if (fingerprint !== idempotency.fingerprint) {
      return (await freeUnmade(taken, keyName)) ? undefined : { outcome: "conflict", runId: taken };
    }
    return makeRun(taken, request, keyName);
  }

  return {
    readRun,
    async createRun(request) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const result = await tryToCreate(request);
        if (result !== undefined) return result;
      }
      throw new AlderError(
        "store_unavailable",
        `A run of workflow "${request.workflow}" could not be made: the run its idempotency key led to was deleted again ` +
          "and again meanwhile. Try again.",
      );
    },
  };
}

function newRun({ event, ...rest }: NewRun): RunRecord {
  return {
    ...rest,
    status: "queued",
    updatedAt: rest.createdAt,
    endedAt: null,
    ...givenOf(event),
    tail: { seq: 1, fence: 0 },
    cancelRequested: false,
  };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
