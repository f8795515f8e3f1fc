// Two local models that stand for two providers.
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
    describe: () => `A ${a.baseUrl}, B ${b.baseUrl}; both quote what they are given`,
    report: () => ({ a: a.report(), b: b.report() }),
    close: async () => void (await Promise.all([a.close(), b.close()])),
  };
}
