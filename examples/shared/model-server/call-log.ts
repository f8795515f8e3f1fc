// What was asked and what became of it.

/** `left`: the caller went away before the end. */
type CallOutcome = "answering" | "answered" | "rate_limit" | "error" | "cut" | "left";

interface Call {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly outcome: CallOutcome;
  /** What was sent, complete or not. */
  readonly text: string;
}

export interface CallReport {
  readonly total: number;
  readonly inFlight: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byOutcome: Readonly<Record<string, number>>;
  /** The newest 200, oldest first. */
  readonly calls: readonly Call[];
}

export interface CallLog {
  begin(id: string, kind: string, subject: string): void;
  send(id: string, delta: string): void;
  end(id: string, outcome: Exclude<CallOutcome, "answering">): void;
  report(): CallReport;
}

const keptCalls = 200;

export function createCallLog(): CallLog {
  const calls = new Map<string, Call>();
  const byKind: Record<string, number> = {};
  const byOutcome: Record<string, number> = {};
  let total = 0;
  let inFlight = 0;
  return {
    begin(id, kind, subject) {
      total++;
      inFlight++;
      byKind[kind] = (byKind[kind] ?? 0) + 1;
      calls.set(id, { id, kind, subject, outcome: "answering", text: "" });
      if (calls.size > keptCalls) calls.delete(calls.keys().next().value!);
    },
    send(id, delta) {
      const call = calls.get(id);
      if (call) calls.set(id, { ...call, text: call.text + delta });
    },
    end(id, outcome) {
      const call = calls.get(id);
      if (call?.outcome === "answering") calls.set(id, { ...call, outcome });
      inFlight--;
      byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
    },
    report: () => ({ total, inFlight, byKind, byOutcome, calls: [...calls.values()] }),
  };
}
