// That a worker's death cost no finished call, by the count of those who were called.
import type { CallReport } from "../../shared/model-server/call-log.ts";
import type { ProviderReport } from "./providers.ts";

/** How often the model servers have answered each step, since they were started. */
export function toProof({ a, b }: ProviderReport): string {
  const answered = [...a.calls, ...b.calls].filter(({ outcome }) => outcome === "answered");
  const steps = new Set(answered.map(({ key }) => key)).size;
  const twice = answered.length - steps;
  const verdict =
    twice === 0
      ? "no step twice"
      : `${twice} of them again, as their answers were on the way when a worker died`;
  return `
  By the model servers' own count, ${answered.length} calls were answered for ${steps} steps: ${verdict}.
  A: ${toCounts(a)}
  B: ${toCounts(b)}
`;
}

function toCounts({ byOutcome }: CallReport): string {
  const counts = Object.entries(byOutcome).map(([outcome, calls]) => `${calls} ${words[outcome] ?? outcome}`);
  return counts.join(", ") || "not asked";
}

const words: Record<string, string> = {
  rate_limit: "refused with 429",
  outage: "refused in an outage",
  left: "left by a worker that died or gave up",
};
