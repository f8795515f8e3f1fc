// What was asked, when, and what became of it.

/** `left`: the caller went away before the end. */
type CallOutcome = "answering" | "answered" | "rate_limit" | "outage" | "error" | "cut" | "left";

export interface Call {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  /** By what the caller knows a repetition of it: the header `idempotency-key`. */
  readonly key: string | null;
  /** When it came in and when it ended, in milliseconds since the epoch, with fractions; null while it is answered. */
  readonly at: number;
  readonly endedAt: number | null;
  readonly outcome: CallOutcome;
  /** What was sent, complete or not. */
  readonly text: string;
}

export interface CallReport {
  readonly total: number;
  readonly inFlight: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Of prompts and answers, of what was answered in full. */
  readonly tokens: number;
  /** The newest 5,000, oldest first. */
  readonly calls: readonly Call[];
}

export interface CallLog {
  begin(call: Pick<Call, "id" | "kind" | "subject" | "key">): void;
  send(id: string, delta: string): void;
  end(id: string, outcome: Exclude<CallOutcome, "answering">, tokens?: number): void;
  report(): CallReport;
}

const keptCalls = 5_000;

/** `now` tells the milliseconds since the epoch. */
export function createCallLog(now: () => number): CallLog {
  const calls = new Map<string, Call>();
  const byKind: Record<string, number> = {};
  const byOutcome: Record<string, number> = {};
  let total = 0;
  let inFlight = 0;
  let tokens = 0;
  return {
    begin(call) {
      const { id, kind } = call;
      total++;
      inFlight++;
      byKind[kind] = (byKind[kind] ?? 0) + 1;
      calls.set(id, { ...call, at: now(), endedAt: null, outcome: "answering", text: "" });
      if (calls.size > keptCalls) calls.delete(calls.keys().next().value!);
    },
    send(id, delta) {
      const call = calls.get(id);
      if (call) calls.set(id, { ...call, text: call.text + delta });
    },
    end(id, outcome, used = 0) {
      const call = calls.get(id);
      if (call?.outcome === "answering") calls.set(id, { ...call, endedAt: now(), outcome });
      inFlight--;
      tokens += used;
      byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
    },
    report: () => ({ total, inFlight, byKind, byOutcome, tokens, calls: [...calls.values()] }),
  };
}
