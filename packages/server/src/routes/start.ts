import type { StartedRun } from "@alder/core/client";
import { hasCode, hasEnded, toCursor, type Json, type RunView } from "@alder/core/protocol";
import type { Context, Hono } from "hono";
import { preferredWait } from "../requests/query.ts";
import { readJson } from "../requests/read-json.ts";
import { startOptionsOf } from "../requests/start-options.ts";
import { toWorkersView } from "../run-representation.ts";
import type { Services } from "../services.ts";
import { whileOpen } from "../stream/open-requests.ts";
import { requestedFormat } from "../requests/accept.ts";
import { streamRun } from "../stream/stream-run.ts";

export function addStartRoute(app: Hono, services: Services): void {
  const { client, validator } = services;

  app.post("/workflows/:name/runs", async (context) => {
    const manifest = await client.workflow(context.req.param("name"));
    const options = startOptionsOf(context.req);
    // A workflow takes named properties: no body is none of them.
    const input = (await readJson(context.req, services.bodyLimitBytes)) ?? {};
    validator.input(manifest, input);

    const started = await client.start(manifest.name, input, options);
    context.header("location", `/runs/${encodeURIComponent(started.run.runId)}`);
    context.header("alder-run-id", started.run.runId);

    const format = requestedFormat(context);
    if (format) return await streamRun(context, services, started.run.runId, format);

    const waitSeconds = preferredWait(context.req, services.waitLimitSeconds);
    if (waitSeconds === undefined) return await answerStarted(context, services, started);
    context.header("preference-applied", `wait=${waitSeconds}`);
    const view = await whileOpen(services.requests, context.req.raw.signal, (signal) =>
      client.waitForEnd(started.run.runId, { timeoutMs: waitSeconds * 1000, signal }),
    ).catch(withoutView);
    return view && hasEnded(view.status)
      ? context.json(toResult(view))
      : await answerStarted(context, services, started);
  });
}

/** A run was started, whether or not it can be shown at once. */
function withoutView(error: unknown): undefined {
  if (!hasCode(error, "view_too_large")) throw error;
}

/** The run goes on; here is where to find it. */
async function answerStarted(context: Context, { client }: Services, { run }: StartedRun): Promise<Response> {
  const { status, tail, ...rest } = await client.run(run.runId);
  const workers = await toWorkersView(client, { ...rest, status });
  return context.json({ runId: run.runId, status, cursor: toCursor(tail), workers }, 202);
}

interface RunResult {
  readonly runId: string;
  readonly status: string;
  readonly cursor: string;
  readonly output?: Json;
  readonly error?: RunView["error"];
}

/** How the run ended: with `output` if it completed, with `error` if it failed, with neither if it was cancelled. */
function toResult({ runId, status, cursor, output, error }: RunView): RunResult {
  const result = { runId, status, cursor };
  if (status === "completed") return { ...result, output: output ?? null };
  return status === "failed" ? { ...result, error } : result;
}
