import type { Body, NestedCall, Program } from "./program.ts";

/** Bodies of everything nested in the program, by site. */
export function bodiesOf(program: Program): ReadonlyMap<string, Body> {
  const bodies = new Map<string, Body>();
  const search = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { kind, site, body } = value as Partial<NestedCall>;
    if (kind === "nested" && site !== undefined && body !== undefined) bodies.set(site, body);
    for (const part of Object.values(value)) search(part);
  };
  search(program);
  return bodies;
}
