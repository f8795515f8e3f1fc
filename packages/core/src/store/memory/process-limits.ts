/**
 * Limits of one process that has no store, by the rules that stores have: who asks is told when it has its permit. Nobody
 * dies here, so nothing is leased, and nobody is told to ask again.
 */
import { systemClock } from "../../internal/clock.ts";
import { callAt } from "../../internal/long-timeout.ts";
import type { AcquireResult, LimitNumbers, PermitAnswer, ReleasePermits, WantedPermit } from "../limits.ts";
import { acquire } from "../transitions/limits/acquire.ts";
import { pause, release } from "../transitions/limits/settle.ts";
import { createMemoryLimitTables } from "./memory-limit-tables.ts";

/** `open`: the circuit is, at least until then. */
type ProcessAnswer = { readonly outcome: "granted" } | { readonly outcome: "open"; readonly until: number };

export interface ProcessLimits {
  ask(
    key: string,
    limit: LimitNumbers,
    slot: boolean,
  ): { readonly id: string; readonly answer: Promise<ProcessAnswer> };
  giveBack(key: string, given: ReleasePermits["given"][number]): void;
  /** Nobody gets a permit of the key before then, in ms since the epoch. */
  pause(key: string, until: number): void;
}

interface Line {
  limit: LimitNumbers;
  readonly waiting: Map<string, (answer: ProcessAnswer) => void>;
  heard: number;
  clearTimer: () => void;
}

const WORKER = "this process";
/** A lease that does not end. */
const LEASE_MS = 1e14;

export function createProcessLimits(): ProcessLimits {
  const tables = createMemoryLimitTables();
  const lines = new Map<string, Line>();
  let count = 0;

  const lineOf = (key: string, limit: LimitNumbers): Line => {
    const known = lines.get(key);
    if (known !== undefined) return Object.assign(known, { limit });
    const made = { limit, waiting: new Map(), heard: 0, clearTimer() {} };
    lines.set(key, made);
    return made;
  };

  function look(key: string, line: Line, wanted: readonly WantedPermit[]): void {
    line.clearTimer();
    const { limit, heard } = line;
    const request = { key, limit, definedAt: 0, worker: WORKER, leaseMs: LEASE_MS, wanted, heard };
    const { result } = acquire(tables, request, Date.now());
    line.heard = result.heard;
    tell(line, result);
    const at = result.retryAt;
    if (at !== null && line.waiting.size > 0)
      line.clearTimer = callAt(systemClock, at, () => look(key, line, []));
  }

  function lookAgain(key: string): void {
    const line = lines.get(key);
    if (line !== undefined && line.waiting.size > 0) look(key, line, []);
  }

  return {
    ask(key, limit, slot) {
      const id = `${++count}`;
      const line = lineOf(key, limit);
      const answer = new Promise<ProcessAnswer>((resolve) => line.waiting.set(id, resolve));
      look(key, line, [{ id, tenant: "", slot }]);
      return { id, answer };
    },
    giveBack(key, given) {
      release(tables, { key, worker: WORKER, given: [given] }, Date.now());
      lookAgain(key);
    },
    pause(key, until) {
      pause(tables, key, until, Date.now());
      lookAgain(key);
    },
  };
}

function tell(line: Line, { answers, granted, openUntil }: AcquireResult): void {
  const settle = (id: string, answer: ProcessAnswer): void => {
    line.waiting.get(id)?.(answer);
    line.waiting.delete(id);
  };
  for (const answer of answers) if (answer.outcome !== "waiting") settle(answer.id, toAnswer(answer));
  for (const id of granted) settle(id, { outcome: "granted" });
  if (openUntil !== null)
    for (const id of line.waiting.keys()) settle(id, { outcome: "open", until: openUntil });
}

function toAnswer(answer: Exclude<PermitAnswer, { readonly outcome: "waiting" }>): ProcessAnswer {
  return answer.outcome === "granted" ? { outcome: "granted" } : { outcome: "open", until: answer.retryAt };
}
