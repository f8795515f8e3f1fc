/** What is told of a run. */
import type { RunSummary } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";

export function toSummary(tables: Tables, row: RunRow): RunSummary {
  const { number, runId, workflow, status, tenant, priority, createdAt, updatedAt, endedAt } = row;
  const given = { tenant: toTenant(tenant), priority, tags: tables.readTags(number) };
  return { runId, workflow, status, ...given, createdAt, updatedAt, endedAt };
}

/** Stores write none as an empty text. */
export function toTenant(text: string): string | null {
  return text === "" ? null : text;
}
