/**
 * Requests to the API.
 *
 * 1. One call is one effect: a start has one idempotency key and a signal one id, however often they are sent.
 * 2. What may succeed later (no answer, 429, 5xx) is sent again, a few times; what was refused is not.
 */
import { AlderError } from "@alder/core/protocol";
import type { Clock } from "../clock.ts";
import { readAnswer, type Answer } from "./answer.ts";
import { backoffMs } from "./backoff.ts";
import { toStartHeaders, type StartOptions } from "./start-headers.ts";
import { toJsonText } from "./json-text.ts";
import { isTransient, describeForeign, retryAfterOf, toProblem, unreachable } from "./problem.ts";

export type HeadersSource = HeadersInit | (() => HeadersInit | Promise<HeadersInit>);

export interface ApiOptions {
  /** Where the API is mounted, without a slash at the end; empty for the page's own origin. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly headers: HeadersSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly createId: () => string;
}

export interface SignalOptions {
  /** Signals of one run with equal ids are one signal; a new id for each call unless given. */
  readonly id?: string;
  /** The waiting input it answers. */
  readonly input?: string;
}

/** Where to begin to read: after an event, or with a snapshot. */
type Position = { readonly after: string } | "snapshot";

/** Every operation throws an `AlderError`: the server's own code, `unreachable`, `http_error`, or `not_json`. */
export interface Api {
  start(workflow: string, input: unknown, options?: StartOptions): Promise<Answer>;
  signal(runId: string, name: string, payload: unknown, options?: SignalOptions): Promise<void>;
  cancel(runId: string): Promise<void>;
  accept(runId: string): Promise<void>;
  retry(runId: string): Promise<void>;
  /** The run's stream; sent once. */
  openStream(runId: string, position: Position, signal: AbortSignal): Promise<Response>;
}

const ATTEMPTS = 5;

export function createApi(options: ApiOptions): Api {
  const { clock, random, createId } = options;

  async function askForHeaders(ask: () => HeadersInit | Promise<HeadersInit>): Promise<HeadersInit> {
    try {
      return await ask();
    } catch (error) {
      throw unreachable(options.url, error, "the headers given to createClient could not be made: ");
    }
  }

  async function sendOnce(path: string, init: RequestInit): Promise<Response> {
    const { headers } = options;
    // Without a function to wait for it is sent at once.
    const own = new Headers(typeof headers === "function" ? await askForHeaders(headers) : headers);
    new Headers(init.headers).forEach((value, name) => own.set(name, value));
    let response: Response;
    try {
      response = await options.fetch(options.url + path, { ...init, headers: own });
    } catch (error) {
      throw unreachable(options.url, error);
    }
    if (!response.ok) throw await toProblem(response, clock.now());
    return response;
  }

  /** `isRepeated` tells whether an earlier attempt may have had its effect already. */
  async function send(path: string, init: RequestInit, onRefusal?: Refusal): Promise<Answer | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await readAnswer(await sendOnce(path, init), options.url);
      } catch (error) {
        if (!(error instanceof AlderError)) throw error;
        if (onRefusal?.(error, attempt > 1)) return undefined;
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
        await sleep(clock, Math.max(backoffMs(attempt, random), retryAfterOf(error)));
      }
    }
  }

  /** `refusal`: what the run says where an attempt whose answer was lost has had its effect. */
  async function steer(runId: string, how: string, refusal: string): Promise<void> {
    const wasDone: Refusal = (error, isRepeated) => isRepeated && error.code === refusal;
    await send(`${runPath(runId)}/${how}`, { method: "POST" }, wasDone);
  }

  return {
    start: async (workflow, input, startOptions = {}) => {
      const answer = await send(
        `/workflows/${encodeURIComponent(workflow)}/runs`,
        post(`The input of "${workflow}"`, input ?? {}, {
          ...toStartHeaders(startOptions),
          "idempotency-key": createId(),
        }),
      );
      return answer!;
    },
    signal: async (runId, name, payload, { id = createId(), input } = {}) => {
      const headers = { "alder-signal-id": id, ...(input === undefined ? {} : { "alder-input": input }) };
      const request = post(`The payload of "${name}"`, payload ?? null, headers);
      await send(`${runPath(runId)}/signals/${encodeURIComponent(name)}`, request);
    },
    cancel: (runId) => steer(runId, "cancel", "run_ended"),
    accept: (runId) => steer(runId, "accept", "run_not_blocked"),
    retry: (runId) => steer(runId, "retry", "run_unfinished"),
    openStream: async (runId, position, signal) => {
      const query = position === "snapshot" ? "snapshot=1" : `after=${encodeURIComponent(position.after)}`;
      const headers = { accept: "text/event-stream" };
      const init: RequestInit = { headers, signal, cache: "no-store" };
      const response = await sendOnce(`${runPath(runId)}/events?${query}`, init);
      if (response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
      const text = describeForeign(response, options.url, "the stream of a run");
      throw new AlderError("not_a_stream", text, { details: { status: response.status } });
    },
  };
}

type Refusal = (error: AlderError, isRepeated: boolean) => boolean;

function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

/** Throws `not_json`. `what` begins its message. */
function post(what: string, body: unknown, headers: Record<string, string>): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: toJsonText(what, body),
  };
}

function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
