/**
 * Does commands to a store, and checks what it answers against what anybody could work out who watches:
 *
 * 1. What was acknowledged is in the stream, in its place, under its fence and time, once.
 * 2. Nothing else that an owner sent is.
 * 3. A fence is newer than all before, and only the newest claim of a run has anything written.
 * 4. The stream has no gaps, and folds to the status the store tells.
 */
import { emptyView, foldAll, START, type EventBody, type RunEvent } from "@alder/core/protocol";
import type { AppendInput, AppendResult, Claim, RecordInput, Store } from "@alder/core/store";
import { expect } from "vitest";
import type { Command, Write } from "./commands.ts";

const LEASE_MS = 100;
const BLOCKED: EventBody = { type: "run.blocked", message: "no", divergence: null, error: null };

interface Acknowledged {
  readonly runId: string;
  readonly seq: number;
  readonly fence: number;
  readonly at: number;
  readonly event: EventBody;
}

export interface Bystander {
  /** The store's answer, as plain data. */
  do(command: Command): Promise<unknown>;
  check(): Promise<void>;
}

export function createBystander(store: Store, advance: (ms: number) => void): Bystander {
  const runs: string[] = [];
  const claims: Claim[] = [];
  const newest = new Map<string, number>();
  const acknowledged = new Map<string, Acknowledged>();
  const writes: (() => Promise<unknown>)[] = [];
  let said = 0;

  const pick = <T>(list: readonly T[], place: number): T | undefined =>
    list[place % Math.max(1, list.length)];

  async function toAppend({ claim: place, offset, records, progress }: Write): Promise<AppendInput> {
    const claim = pick(claims, place);
    const token = claim?.token ?? { runId: "unknown", fence: 1 };
    const tail = (await store.readRun(token.runId))?.tail.seq ?? 0;
    const made = records.map(({ isEntry, isCancelling }): RecordInput => {
      const event: EventBody = isCancelling
        ? { type: "run.cancelling" }
        : { type: "status", message: `${++said}`, step: null };
      return isEntry ? { event, entry: { n: said } } : { event };
    });
    return { token, after: Math.max(0, tail + offset), records: made, progress };
  }

  function write<T extends AppendResult | { readonly outcome: string }>(
    input: AppendInput,
    send: () => Promise<T>,
  ): Promise<T> {
    const attempt = async (): Promise<T> => {
      const result = await send();
      if (result.outcome === "written") acknowledge(input, (result as { at: number }).at);
      return result;
    };
    writes.push(attempt);
    return attempt();
  }

  function acknowledge({ token: { runId, fence }, after, records }: AppendInput, at: number): void {
    expect(fence).toBe(newest.get(runId));
    for (const [index, { event }] of records.entries()) {
      const seq = after + index + 1;
      const known = acknowledged.get(`${runId} ${seq}`);
      const made = { runId, seq, fence, at, event };
      // A write that was sent again is acknowledged with its first time.
      if (known === undefined) acknowledged.set(`${runId} ${seq}`, made);
      else expect(made).toEqual(known);
    }
  }

  return {
    async do(command) {
      switch (command.do) {
        case "create": {
          const { workflow, queue, tenant, priority, tags, key, print } = command;
          const idempotency = key === null ? {} : { idempotency: { key, fingerprint: print } };
          const result = await store.createRun({
            workflow,
            queue,
            tenant,
            priority,
            tags,
            input: { n: runs.length },
            ...idempotency,
          });
          if (result.outcome === "created") runs.push(result.run.runId);
          return result;
        }
        case "claim": {
          const result = await store.claim({ ...command, leaseMs: LEASE_MS });
          for (const claim of result.claims) {
            const { runId, fence } = claim.token;
            expect(fence).toBeGreaterThan(newest.get(runId) ?? 0);
            newest.set(runId, fence);
            claims.push(claim);
          }
          return result;
        }
        case "append": {
          const input = await toAppend(command);
          return write(input, () => store.append(input));
        }
        case "release": {
          const input = await toAppend(command);
          return write(input, () => store.release(input));
        }
        case "block": {
          const input = await toAppend(command);
          const records = [...input.records, { event: BLOCKED }];
          return write({ ...input, records }, () => store.block({ ...input, records }));
        }
        case "park": {
          const { wakeInMs, signalsSeen } = command;
          const wakeAt = wakeInMs === null ? null : (await store.now()) + wakeInMs;
          const input = { ...(await toAppend(command)), wakeAt, signalsSeen };
          return write(input, () => store.park(input));
        }
        case "finish": {
          const { status } = command;
          const input = await toAppend(command);
          const end = { ...input, records: [...input.records, { event: toEnd(status) }], status };
          return write(end, () => store.finish(end));
        }
        case "again":
          return pick(writes, command.write)?.();
        case "heartbeat": {
          const toTokens = (places: readonly number[]) =>
            places.flatMap((place) => pick(claims, place)?.token ?? []);
          const [tokens, givenUp] = [toTokens(command.claims), toTokens(command.givenUp)];
          const info = { id: command.worker, workflows: [], queues: [], build: "1", concurrency: 1 };
          return store.heartbeat({ worker: info, tokens, givenUp, leaseMs: LEASE_MS });
        }
        case "lead":
        case "fill":
        case "giveUp":
        case "renew":
        case "clear":
          return doWithCache(store, command);
        case "advance":
          return advance(command.ms);
        case "reap":
          return store.reap();
        case "signal": {
          const runId = pick(runs, command.run) ?? "unknown";
          return store.sendSignal(runId, { id: command.id, name: "go", payload: { n: 1 } });
        }
        case "cancel":
          return store.requestCancel(pick(runs, command.run) ?? "unknown");
        case "accept":
          return store.acceptRun(pick(runs, command.run) ?? "unknown");
        case "retry":
          return store.retryRun(pick(runs, command.run) ?? "unknown");
        case "unblock":
          return store.unblockRuns(command.queues);
        case "deleteEnded":
          return store.deleteEnded(command.olderThanMs);
        case "list":
          return listAll(store, command);
        case "read": {
          const runId = pick(runs, command.run) ?? "unknown";
          const events = await readAll(store, runId);
          // Mostly a cursor that is there.
          const fence = command.fence === 0 ? command.seq : (events[command.seq - 1]?.fence ?? 0);
          return store.readEvents(runId, { seq: command.seq, fence }, command.limit);
        }
        case "look": {
          const runId = pick(runs, command.run) ?? "unknown";
          const signals = await store.readSignals(runId, 1);
          return [await store.readRun(runId), signals, await store.listWorkers()];
        }
        case "forget":
          return store.forgetWorker(command.worker);
        case "bury":
          return store.buryWorker(command.worker);
        default:
          return command satisfies never;
      }
    },

    async check() {
      for (const runId of runs) {
        const run = await store.readRun(runId);
        if (!run) continue;
        const events = await readAll(store, runId);
        const view = foldAll(emptyView(runId), events);
        expect([view.status, view.seq]).toEqual([run.status, run.tail.seq]);
        expect(events.at(-1)).toMatchObject(run.tail);
        const sent = events.filter(({ type }) => type === "status" || type === "run.cancelling");
        for (const event of sent) expect(acknowledged.get(`${runId} ${event.seq}`)).toBeDefined();
        for (const known of acknowledged.values()) {
          if (known.runId !== runId) continue;
          const { seq, fence, at, event } = known;
          expect(events[seq - 1]).toEqual({ seq, fence, at, ...event });
        }
        const times = events.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((left, right) => left - right));
      }
    },
  };
}

/** Odd answers are fresh ones: newer than what is there, or taken over. */
async function doWithCache(
  store: Store,
  { do: action, key, holder, worker, isFresh }: Extract<Command, { readonly isFresh: boolean }>,
): Promise<unknown> {
  const tenant = key === "k1" ? null : "acme";
  const address = { key, component: key === "k3" ? "Plan" : "Draft", tenant };
  const leads = [{ key, holder }];
  switch (action) {
    case "lead": {
      const fresh = key === "k2" ? { takeOver: isFresh } : isFresh ? { newerThan: await store.now() } : {};
      return store.readOrLead({ ...address, holder, worker, leaseMs: LEASE_MS, ...fresh });
    }
    case "fill":
      return store.fillCache({ ...address, holder, value: { holder }, ttlMs: isFresh ? 150 : 50 });
    case "giveUp":
      return store.giveUpLeads(worker, leads);
    case "renew":
      return store.renewLeads({ worker, leaseMs: LEASE_MS, leads });
    case "clear":
      return store.clearCache(isFresh ? { component: "Draft" } : { tenant: "acme" });
  }
}

async function readAll(store: Store, runId: string): Promise<readonly RunEvent[]> {
  const page = await store.readEvents(runId, START, 1000);
  return page.outcome === "events" ? page.events : [];
}

async function listAll(store: Store, query: Extract<Command, { do: "list" }>): Promise<unknown> {
  const filter = {
    ...(query.workflow === null ? {} : { workflow: query.workflow }),
    ...(query.status === null ? {} : { status: query.status }),
    ...(query.tenant === null ? {} : { tenant: query.tenant }),
    ...(query.tag === null ? {} : { tag: query.tag }),
    limit: query.limit,
  };
  const pages: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.listRuns({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(page.runs.map(({ runId }) => runId));
    cursor = page.cursor;
  }
  return pages;
}

function toEnd(status: "completed" | "failed" | "cancelled"): EventBody {
  if (status === "completed") return { type: "run.completed", output: null };
  if (status === "cancelled") return { type: "run.cancelled" };
  return { type: "run.failed", error: { name: "Error", message: "no", code: null, step: null } };
}
