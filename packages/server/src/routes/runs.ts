import { toCursor } from "@alder/core/protocol";
import type { Hono } from "hono";
import { matchesTag } from "../requests/match-tag.ts";
import { numberQuery, statusQuery } from "../requests/query.ts";
import { toRunRepresentation, toWorkersView } from "../run-representation.ts";
import type { Services } from "../services.ts";

const PAGE_SIZE = 50;
const PAGE_SIZE_LIMIT = 500;

export function addRunRoutes(app: Hono, { client }: Services): void {
  app.get("/runs", async (context) => {
    const workflow = context.req.query("workflow");
    const status = statusQuery(context.req);
    const tenant = context.req.query("tenant");
    const tag = context.req.query("tag");
    const cursor = context.req.query("cursor");
    const limit = numberQuery(context.req, "limit", PAGE_SIZE_LIMIT) ?? PAGE_SIZE;
    const page = await client.list({
      limit: Math.max(1, limit),
      ...(workflow && { workflow }),
      ...(status && { status }),
      ...(tenant && { tenant }),
      ...(tag && { tag }),
      ...(cursor && { cursor }),
    });
    return context.json(page);
  });

  app.get("/runs/:id", async (context) => {
    const run = await client.run(context.req.param("id"));
    const { live } = await toWorkersView(client, run);
    context.header("cache-control", "no-cache");
    // Tells that nothing is new without a fold. A view that is newer than its tag is only sent once more.
    const tag = `"${toCursor(run.tail)}.${live}"`;
    context.header("etag", tag);
    if (matchesTag(context.req.header("if-none-match"), tag)) return context.body(null, 304);
    return context.json(await toRunRepresentation(client, run.runId));
  });

  app.post("/runs/:id/cancel", async (context) => {
    const runId = context.req.param("id");
    return context.json({ runId, status: await client.cancel(runId) }, 202);
  });

  app.post("/runs/:id/accept", async (context) => {
    const runId = context.req.param("id");
    await client.accept(runId);
    return context.json({ runId, status: "queued" }, 202);
  });

  app.post("/runs/:id/retry", async (context) => {
    const runId = context.req.param("id");
    await client.retry(runId);
    return context.json({ runId, status: "queued" }, 202);
  });
}
