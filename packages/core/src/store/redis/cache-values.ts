/** Values that runs share: each in the slot of its key, wherever the runs are. */
import type { Json } from "../../protocol/json.ts";
import type { CacheAddress, CacheAnswer, CacheLead, CacheStore } from "../cache.ts";
import { CLEARED_AT_ONCE, SWEPT_VALUES } from "../transitions/cache.ts";
import type { Context } from "./context.ts";
import {
  clearCacheScript,
  fillCacheScript,
  giveUpLeadsScript,
  readOrLeadScript,
  renewLeadsScript,
} from "./scripts/cache.ts";

type Reply = ["hit", string, number] | ["wait", number] | ["lead"];

export function createCaching({ server, keys }: Context): Omit<CacheStore, "watchCache"> {
  function groupBySlot(leads: readonly CacheLead[]): ReadonlyMap<string, readonly CacheLead[]> {
    const groups = new Map<string, CacheLead[]>();
    for (const lead of leads) {
      const slot = keys.cacheSlot(lead.key);
      const group = groups.get(slot);
      if (group === undefined) groups.set(slot, [lead]);
      else group.push(lead);
    }
    return groups;
  }

  async function clearIn(slot: string, component: string, tenant: string): Promise<number> {
    let cleared = 0;
    for (;;) {
      const given = [component, tenant, CLEARED_AT_ONCE];
      const [values, found] = (await server.run(clearCacheScript, slot, given)) as [number, number];
      cleared += values;
      if (found < CLEARED_AT_ONCE) return cleared;
    }
  }

  return {
    async readOrLead({ key, holder, worker, leaseMs, newerThan = -1, takeOver = false, ...place }) {
      const given = [SWEPT_VALUES, key, toPlace({ ...place, key }), holder, worker, leaseMs, newerThan];
      const reply = await server.run(readOrLeadScript, keys.cacheSlot(key), [...given, takeOver ? 1 : ""]);
      return toAnswer(reply as Reply);
    },
    async fillCache({ key, holder, value, ttlMs, ...place }) {
      const given = [SWEPT_VALUES, key, toPlace({ ...place, key }), holder, ttlMs, JSON.stringify(value)];
      return (await server.run(fillCacheScript, keys.cacheSlot(key), given)) as "filled" | "lost";
    },
    async giveUpLeads(worker, leads) {
      await Promise.all(
        [...groupBySlot(leads)].map(([slot, group]) => {
          const pairs = group.flatMap(({ key, holder }) => [key, holder]);
          return server.run(giveUpLeadsScript, slot, [worker, ...pairs]);
        }),
      );
    },
    async renewLeads({ worker, leaseMs, leads }) {
      const lost = await Promise.all(
        [...groupBySlot(leads)].map(async ([slot, group]) => {
          const pairs = group.flatMap(({ key, holder }) => [key, holder]);
          const places = await server.run(renewLeadsScript, slot, [worker, leaseMs, ...pairs]);
          return (places as number[]).map((place) => group[place - 1]!);
        }),
      );
      return { lost: lost.flat() };
    },
    async clearCache({ component, tenant }) {
      const given = [
        component === undefined ? "" : toWord(component),
        tenant === undefined ? "" : toTenant(tenant),
      ] as const;
      const cleared = await Promise.all(keys.cacheSlots.map((slot) => clearIn(slot, ...given)));
      return cleared.reduce((sum, count) => sum + count, 0);
    },
  };
}

function toAnswer(reply: Reply): CacheAnswer {
  if (reply[0] === "hit") return { outcome: "hit", value: JSON.parse(reply[1]) as Json, at: reply[2] };
  return reply[0] === "wait" ? { outcome: "wait", until: reply[1] } : { outcome: "lead" };
}

/** Three words: Redis finds all places that begin with the same ones. */
function toPlace({ component, tenant, key }: CacheAddress): string {
  return `${toWord(component)} ${toTenant(tenant)} ${key}`;
}

function toTenant(tenant: string | null): string {
  return tenant === null ? "g" : `t${toWord(tenant)}`;
}

function toWord(text: string): string {
  return Buffer.from(text).toString("base64url");
}
