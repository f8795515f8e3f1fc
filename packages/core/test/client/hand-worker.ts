/** A worker made of calls: tests claim a run and say, event by event, what happens in it. */
import type { EventBody, EndStatus, Json, RunEvent, WorkflowManifest } from "@alder/core/protocol";
import type { Claim, Store, WorkerInfo } from "@alder/core/store";

export const articleManifest: WorkflowManifest = {
  name: "article",
  queue: "default",
  input: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      topic: { type: "string", minLength: 1 },
      words: { type: "integer", default: 500 },
      sources: { type: "array", items: { type: "object", properties: { "a/b~c": { type: "number" } } } },
    },
    required: ["topic"],
    additionalProperties: false,
  },
  output: null,
  signals: {
    review: {
      type: "object",
      properties: { approved: { type: "boolean" }, note: { type: "string" } },
      required: ["approved"],
    },
    stop: {},
  },
  streams: {},
  build: "test",
};

export interface HandRun {
  readonly runId: string;
  readonly claim: Claim;
  /** Appends these events; resolves once they are in the store. */
  say(...events: readonly EventBody[]): Promise<void>;
  /** Ends the run as completed. */
  complete(output: Json): Promise<void>;
  fail(message: string): Promise<void>;
  /** Gives the run up as blocked, with this message. */
  block(message: string): Promise<void>;
}

export interface HandWorker {
  readonly info: WorkerInfo;
  /** Makes the worker's presence known. */
  appear(): Promise<void>;
  /** The presence ends. */
  leave(): Promise<void>;
  /** Takes the next run that is ready. */
  take(): Promise<HandRun>;
}

const LEASE_MS = 600_000;

export function createHandWorker(store: Store, workflows: readonly string[] = ["article"]): HandWorker {
  const info: WorkerInfo = { id: "hand", workflows, queues: ["default"], build: "test", concurrency: 10 };
  return {
    info,
    appear: async () => void (await store.heartbeat({ worker: info, tokens: [], leaseMs: LEASE_MS })),
    leave: () => store.forgetWorker(info.id),
    take: async () => {
      const request = { worker: info.id, queues: info.queues, limit: 1, leaseMs: LEASE_MS, idle: true };
      const { claims } = await store.claim(request);
      if (!claims[0]) throw new Error("No run is ready.");
      return createHandRun(store, claims[0]);
    },
  };
}

function createHandRun(store: Store, claim: Claim): HandRun {
  const { token } = claim;
  let after = claim.tail;

  async function end(status: EndStatus, event: EventBody): Promise<void> {
    const records = [{ event }];
    const result = await store.finish({ token, after, records, progress: true, status });
    if (result.outcome !== "written") throw new Error(`The end was not written: ${result.outcome}`);
  }

  return {
    runId: token.runId,
    claim,
    say: async (...events) => {
      const records = events.map((event) => ({ event }));
      const result = await store.append({ token, after, records, progress: false });
      if (result.outcome !== "written") throw new Error(`The events were not written: ${result.outcome}`);
      after += events.length;
    },
    complete: (output) => end("completed", { type: "run.completed", output }),
    block: async (message) => {
      const event = { type: "run.blocked", message, divergence: null, error: null } as const;
      await store.block({ token, after, records: [{ event }], progress: false });
    },
    fail: (message) =>
      end("failed", { type: "run.failed", error: { name: "Error", message, code: null, step: null } }),
  };
}

/** A step that streams a text in so many chunks. */
export function writing(step: string, chunks: readonly string[]): EventBody[] {
  let offset = 0;
  const names = { step, parent: null, name: "Draft", key: null };
  const events: EventBody[] = [{ type: "step.started", ...names, kind: "component", place: [0], attempt: 1 }];
  for (const delta of chunks) {
    events.push({ type: "chunk", step, attempt: 1, stream: "text", offset, delta });
    offset += delta.length;
  }
  return [...events, { type: "step.completed", step, output: chunks.join("") }];
}

/** A store that counts the watches that are set on its runs, and whose events can be held back. */
export function createWatchedStore(inner: Store): { readonly store: Store; readonly watches: () => number } {
  let watches = 0;
  const watchRun: Store["watchRun"] = (runId, onChange) => {
    const unwatch = inner.watchRun(runId, onChange);
    watches += 1;
    let isWatching = true;
    return () => {
      if (isWatching) watches -= 1;
      isWatching = false;
      unwatch();
    };
  };
  return { store: overlay(inner, { watchRun }), watches: () => watches };
}

/** A store of which some operations are replaced. */
export function overlay(inner: Store, changes: Partial<Store>): Store {
  return new Proxy(inner, {
    get: (target, name: keyof Store) => {
      const own = changes[name] ?? target[name];
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

/** The types of events, in order. */
export function typesOf(events: readonly RunEvent[]): string[] {
  return events.map((event) => event.type);
}
