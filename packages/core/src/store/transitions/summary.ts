/** What of a run's row is told. */
import type { RunSummary } from "../store.ts";
import type { RunRow } from "../tables.ts";

export function toSummary(row: RunRow): RunSummary {
  const { runId, workflow, status, tenant, priority, createdAt, updatedAt, endedAt } = row;
  return { runId, workflow, status, tenant: toTenant(tenant), priority, createdAt, updatedAt, endedAt };
}

/** Stores write none as an empty text. */
export function toTenant(text: string): string | null {
  return text === "" ? null : text;
}
