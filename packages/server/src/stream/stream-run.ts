import { hasEnded, type Cursor } from "@alder/core/protocol";
import type { RunRecord } from "@alder/core/store";
import type { Context } from "hono";
import { flagQuery, positionOf } from "../requests/query.ts";
import { toRunRepresentation } from "../run-representation.ts";
import type { Services } from "../services.ts";
import { serverSentEvents, type StreamFormat } from "./formats.ts";
import { runFrames } from "./run-frames.ts";
import { createStreamBody } from "./stream-body.ts";

/**
 * Answers with a run's stream. `Last-Event-ID` or `?after=` say where it begins; with `?snapshot=1` it begins with a
 * snapshot, unless a browser comes back with `Last-Event-ID`.
 */
export async function streamRun(
  context: Context,
  services: Services,
  runId: string,
  format: StreamFormat,
): Promise<Response> {
  const { client, requests, pingMs, onError } = services;
  const after = positionOf(context.req);
  const isReturning = Boolean(context.req.header("last-event-id"));
  const wantsSnapshot = flagQuery(context.req, "snapshot") && !isReturning;
  const run = await client.run(runId);

  // The one answer that tells an EventSource to stop coming back.
  if (format === serverSentEvents && isReturning && hasSeenTheEnd(run, after)) return context.body(null, 204);

  const snapshot = wantsSnapshot ? () => toRunRepresentation(client, runId) : undefined;
  const body = createStreamBody({
    frames: (signal) => runFrames({ client, runId, format, after, snapshot, signal }),
    requests,
    ping: format.ping,
    pingMs,
    onError: (error) => onError(error, { method: context.req.method, path: context.req.path }),
  });
  return context.body(body, 200, {
    "content-type": format.contentType,
    "cache-control": "no-store, no-transform",
    // Proxies that would gather the stream are asked not to.
    "x-accel-buffering": "no",
    "alder-run-id": runId,
  });
}

function hasSeenTheEnd(run: RunRecord, after: Cursor | undefined): boolean {
  return hasEnded(run.status) && after?.seq === run.tail.seq && after.fence === run.tail.fence;
}
