/** What the tests of a store have at hand. */
import { ok as assert } from "node:assert/strict";
import type { Json } from "../../protocol/json.ts";
import { START } from "../../protocol/cursor.ts";
import type { RunEvent } from "../../protocol/events.ts";
import type {
  AppendInput,
  Claim,
  ClaimRequest,
  ClaimResult,
  CreateRun,
  FinishInput,
  ParkInput,
  RecordInput,
  RunRecord,
  WorkerInfo,
} from "../../store/store.ts";
import type { StoreUnderTest } from "../store-under-test.ts";

/** Long enough for a slow machine to make a few calls within, short enough to wait for. */
export const LEASE_MS = 1_500;

export interface Scene extends StoreUnderTest {
  /** Makes a run; its id. */
  readonly create: (request?: Partial<CreateRun>) => Promise<string>;
  readonly claim: (request?: Partial<ClaimRequest>) => Promise<ClaimResult>;
  /** Takes the one run that is ready. */
  readonly claimOne: (request?: Partial<ClaimRequest>) => Promise<Claim>;
  /** Makes a run and takes it. */
  readonly own: (request?: Partial<CreateRun>) => Promise<Claim>;
  /** Lets the leases of all owners expire, and has it noticed. */
  readonly loseOwners: () => Promise<void>;
  readonly run: (runId: string) => Promise<RunRecord>;
  readonly events: (runId: string) => Promise<readonly RunEvent[]>;
}

/** Declares a test of one promise. */
export type DeclareTest = (name: string, run: (scene: Scene) => Promise<void>) => void;

export function openScene(opened: StoreUnderTest): Scene {
  const { store, advance } = opened;
  const scene: Scene = {
    ...opened,
    async create(request = {}) {
      const result = await store.createRun({ workflow: "article", queue: "default", input: {}, ...request });
      assert(result.outcome !== "conflict");
      return result.run.runId;
    },
    claim: (request = {}) => store.claim(claimRequest(request)),
    async claimOne(request) {
      const { claims } = await scene.claim({ limit: 1, ...request });
      assert(claims[0], "no run was ready");
      return claims[0];
    },
    async own(request) {
      const runId = await scene.create(request);
      const claim = await scene.claimOne(request?.queue === undefined ? {} : { queues: [request.queue] });
      assert(claim.token.runId === runId, "another run was ready");
      return claim;
    },
    async loseOwners() {
      await advance(LEASE_MS + 1);
      await store.reap();
    },
    async run(runId) {
      const run = await store.readRun(runId);
      assert(run, "the run is not there");
      return run;
    },
    async events(runId) {
      const page = await store.readEvents(runId, START, 10_000);
      assert(page.outcome === "events", page.outcome);
      return page.events;
    },
  };
  return scene;
}

export function claimRequest(request: Partial<ClaimRequest> = {}): ClaimRequest {
  return { worker: "worker", queues: ["default"], limit: 100, leaseMs: LEASE_MS, idle: true, ...request };
}

export function workerInfo(id: string): WorkerInfo {
  return { id, workflows: ["article"], queues: ["default"], build: "1", concurrency: 4 };
}

/** A record that only shows. */
export function say(message: string): RecordInput {
  return { event: { type: "status", message, step: null } };
}

/** A record that the run's state depends on. */
export function note(step: string, output: Json = null): RecordInput {
  return { event: { type: "step.completed", step, output }, entry: { t: "ok", id: step, value: output } };
}

/** What comes next to what the claim found. */
export function next(claim: Claim, ...records: readonly RecordInput[]): AppendInput {
  return { token: claim.token, after: claim.tail, records, progress: false };
}

export function waiting(claim: Claim, options: Partial<ParkInput> = {}): ParkInput {
  const records: RecordInput[] = [
    { event: { type: "run.waiting", until: options.wakeAt ?? null, signals: [] } },
  ];
  return { ...next(claim, ...records), wakeAt: null, signalsSeen: 0, ...options };
}

export function completed(claim: Claim, options: Partial<FinishInput> = {}): FinishInput {
  const records: RecordInput[] = [{ event: { type: "run.completed", output: "done" } }];
  return { ...next(claim, ...records), status: "completed", ...options };
}

export function cancelled(claim: Claim, options: Partial<FinishInput> = {}): FinishInput {
  return { ...next(claim, { event: { type: "run.cancelled" } }), status: "cancelled", ...options };
}

export function failed(claim: Claim): FinishInput {
  const error = { name: "Error", message: "no", code: null, step: null };
  const record = { event: { type: "run.failed", error }, entry: { t: "failed" } } as const;
  return { ...next(claim, record), status: "failed" };
}

export function blocking(claim: Claim, ...records: readonly RecordInput[]): AppendInput {
  const event = { type: "run.blocked", message: "no", divergence: null, error: null } as const;
  return next(claim, ...records, { event });
}

/** Ids of the runs that were given. */
export function idsOf(result: ClaimResult): readonly string[] {
  return result.claims.map(({ token }) => token.runId);
}

export function typesOf(events: readonly RunEvent[]): readonly string[] {
  return events.map(({ type }) => type);
}
