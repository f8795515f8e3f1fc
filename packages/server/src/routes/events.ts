import type { EventBatch } from "@alder/core/client";
import type { Cursor } from "@alder/core/protocol";
import type { Hono } from "hono";
import { requestedFormat } from "../requests/accept.ts";
import { numberQuery, positionOf } from "../requests/query.ts";
import type { Services } from "../services.ts";
import { whileOpen } from "../stream/open-requests.ts";
import { streamRun } from "../stream/stream-run.ts";

const PAGE_SIZE = 500;
const PAGE_SIZE_LIMIT = 5000;

export function addEventsRoute(app: Hono, services: Services): void {
  const { client, requests, waitLimitSeconds } = services;

  app.get("/runs/:id/events", async (context) => {
    const runId = context.req.param("id");
    const format = requestedFormat(context);
    if (format) return await streamRun(context, services, runId, format);

    const after = positionOf(context.req);
    const limit = Math.max(1, numberQuery(context.req, "limit", PAGE_SIZE_LIMIT) ?? PAGE_SIZE);
    const waitSeconds = numberQuery(context.req, "wait", waitLimitSeconds) ?? 0;
    context.header("cache-control", "no-store");
    const { events, cursor } = await client.read(runId, after, limit);
    if (events.length > 0 || waitSeconds === 0) return context.json({ events, cursor });
    const batch = await whileOpen(requests, context.req.raw.signal, (signal) =>
      nextBatch(services, { runId, after, limit, signal, waitMs: waitSeconds * 1000 }),
    );
    return context.json({ events: batch?.events ?? [], cursor: batch?.cursor ?? cursor });
  });
}

interface NextBatch {
  readonly runId: string;
  readonly after: Cursor | undefined;
  readonly limit: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** The next events of a run; undefined if there are none in time, or none to come. */
async function nextBatch(
  { client }: Services,
  { runId, after, limit, waitMs, signal }: NextBatch,
): Promise<EventBatch | undefined> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  const timer = setTimeout(stop, waitMs);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    const options = { signal: over.signal, pageSize: limit, ...(after && { after }) };
    for await (const batch of client.follow(runId, options)) return batch;
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
