// Two local models that stand for two providers: limited, and now and then too busy.
import { startModelServer, type ModelServer } from "../../shared/model-server/model-server.ts";
import type { CallReport } from "../../shared/model-server/call-log.ts";

export interface Providers {
  readonly a: ModelServer;
  readonly b: ModelServer;
  describe(): string;
  report(): ProviderReport;
  close(): Promise<void>;
}

/** What both have counted. */
export interface ProviderReport {
  readonly a: CallReport;
  readonly b: CallReport;
}

/** How long an answer takes is told by its length: about a second. */
const tokenDelayMs = 8;

/** Starts both, and tells the processes to come where they are: the environment names them from now on. */
export async function startProviders(): Promise<Providers> {
  const a = await startModelServer({
    tokenDelayMs,
    capacity: {
      requests: { count: 600, periodMs: 60_000, burst: 30 },
      // Others ask it, too: every now and then it refuses everything for a while.
      busy: { everyMs: 20_000, forMs: 1_500 },
    },
  });
  const b = await startModelServer({
    tokenDelayMs,
    capacity: { requests: { count: 300, periodMs: 60_000, burst: 30 } },
  });
  process.env.MODEL_A_URL = a.baseUrl;
  process.env.MODEL_B_URL = b.baseUrl;
  return {
    a,
    b,
    describe: () =>
      `A ${a.baseUrl} takes 600 calls a minute, B ${b.baseUrl} 300; both quote what they are given`,
    report: () => ({ a: a.report(), b: b.report() }),
    close: async () => void (await Promise.all([a.close(), b.close()])),
  };
}
