/**
 * A client of one Alder API, without React.
 *
 * 1. There is one feed, and so one connection, for each run that is looked at.
 * 2. Runs that nobody looks at any more are kept, the newest of them, so that who comes back goes on where it was.
 * 3. Looking at a run's state makes and forgets nothing: a feed is made for a start or a subscription.
 */
import { AlderError } from "@alder/core/protocol";
import { systemClock, type Clock } from "./clock.ts";
import { createApi, type HeadersSource } from "./http/api.ts";
import type { StartOptions } from "./http/start-headers.ts";
import { randomId } from "./http/random-id.ts";
import { createRunFeed, type FeedSettings, type RunFeed } from "./run/run-feed.ts";
import { createRunHandle, type RunHandle } from "./run/run-handle.ts";
import { browserVisibility, type Visibility } from "./stream/visibility.ts";
import { browserWake, type Wake } from "./stream/wake.ts";
import type {
  ByName,
  StartArguments,
  UntypedWorkflow,
  WorkflowsByName,
  WorkflowTypes,
} from "./workflow-types.ts";

export interface ClientOptions {
  /** Where the API is mounted, such as `https://example.com/alder`; the page's own origin unless given. */
  readonly url?: string;
  /** Sent with every request; a function is asked each time, so that a token may change. */
  readonly headers?: HeadersSource;
  readonly fetch?: typeof fetch;
  /** How long a connection may be silent, in milliseconds; 45 s unless given. Servers ping every 15 s. */
  readonly stallMs?: number;
  /** How long a connection outlives its last subscriber, in milliseconds; 1 s unless given. */
  readonly lingerMs?: number;
  /**
   * How long a page may be hidden before its connections are closed, in milliseconds; 5 s unless given, `Infinity` for
   * never. Browsers allow six connections to a host over HTTP/1.1, for all tabs together. Runs are `idle` meanwhile,
   * and what has happened is read when the page is seen again.
   */
  readonly hiddenMs?: number;
  /**
   * How much of the text of one stream of a step is kept, in UTF-16 code units: about the newest so many. All of it unless
   * given; for pages that look on for days. `omitted` of a step tells how much is missing before its text.
   */
  readonly maxText?: number;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests: numbers from 0 to 1. */
  readonly random?: () => number;
  /** For tests, and for what is no browser. */
  readonly wake?: Wake;
  /** For tests, and for what is no browser. */
  readonly visibility?: Visibility;
}

export interface HandleSettings {
  /** The shortest time between two states told, in milliseconds; 50 unless given. */
  readonly throttleMs?: number;
}

export interface Client<Registry extends object = WorkflowsByName> {
  /**
   * Starts a run; sent again until there is an answer, it is one run all the same. Throws the server's refusal:
   * `unknown_workflow`, `invalid_input` (with JSON pointers in `details.errors`), `bad_start`, or `unreachable`.
   */
  start<N extends keyof ByName<Registry> & string>(
    name: N,
    ...input: StartArguments<Named<Registry, N>>
  ): Promise<RunHandle<Named<Registry, N>>>;
  /** A run that was started earlier. Asks nothing of the server before somebody subscribes. */
  run<W extends WorkflowTypes = UntypedWorkflow>(runId: string, settings?: HandleSettings): RunHandle<W>;
}

type Named<Registry, N extends keyof ByName<Registry>> = ByName<Registry>[N] extends infer W extends
  WorkflowTypes
  ? W
  : never;

const IDLE_LIMIT = 20;
const THROTTLE_MS = 50;

/**
 * Throws `bad_setting`.
 *
 * @example
 * const client = createClient<typeof workflows>({ url: "http://127.0.0.1:4600" });
 * const run = await client.start("article", { topic: "alders" });
 * const article = await run.result();
 */
export function createClient<Registry extends object = WorkflowsByName>(
  options: ClientOptions = {},
): Client<Registry> {
  const { clock = systemClock, random = Math.random, maxText = Infinity } = options;
  if (!(maxText >= 0)) {
    throw new AlderError("bad_setting", `createClient: maxText is ${maxText}, but must be a number from 0.`);
  }
  const api = createApi({
    url: toBase(options.url ?? ""),
    // Looked up for each request: pages wrap the global one.
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    headers: options.headers ?? {},
    clock,
    random,
    createId: randomId,
  });
  const settings: FeedSettings = {
    api,
    clock,
    random,
    wake: options.wake ?? browserWake,
    stallMs: options.stallMs ?? 45_000,
    lingerMs: options.lingerMs ?? 1000,
    visibility: options.visibility ?? browserVisibility,
    hiddenMs: options.hiddenMs ?? 5000,
    maxText,
  };
  const feeds = new Map<string, RunFeed>();

  function openFeed(runId: string, held?: RunFeed, fromStart = false): RunFeed {
    const feed = feeds.get(runId) ?? held ?? createFeed(runId, fromStart);
    if (!feeds.has(runId)) keep(runId, feed);
    return feed;
  }

  function createFeed(runId: string, fromStart: boolean): RunFeed {
    const feed = createRunFeed({ ...settings, runId, fromStart, onIdle: () => keep(runId, feed) });
    return feed;
  }

  /** A map is in order of insertion: of those that nobody looks at, who is first is forgotten first. */
  function keep(runId: string, feed: RunFeed): void {
    feeds.delete(runId);
    feeds.set(runId, feed);
    const idle = [...feeds].filter(([, each]) => each.isIdle());
    for (const [oldest] of idle.slice(0, -IDLE_LIMIT)) feeds.delete(oldest);
  }

  const openRun = (runId: string, { throttleMs = THROTTLE_MS }: HandleSettings = {}): RunHandle =>
    createRunHandle({
      runId,
      throttleMs,
      api,
      findFeed: () => feeds.get(runId),
      openFeed: (held) => openFeed(runId, held),
    });

  const client = {
    start: async (name: string, input?: unknown, startOptions?: StartOptions): Promise<RunHandle> => {
      const { runId } = await api.start(name, input, startOptions);
      openFeed(runId, undefined, true);
      return openRun(runId);
    },
    run: openRun,
  };
  return client as Client<Registry>;
}

/** Throws `bad_setting`. */
function toBase(url: string): string {
  const base = url.replace(/\/+$/, "");
  if (base === "" || base.startsWith("/") || URL.canParse(base)) return base;
  throw new AlderError(
    "bad_setting",
    `createClient was given the url "${url}": give an absolute one, a path such as "/alder", or none for the page's own origin.`,
  );
}
