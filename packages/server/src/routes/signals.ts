import type { Hono } from "hono";
import { nameHeader } from "../requests/query.ts";
import { readJson } from "../requests/read-json.ts";
import type { Services } from "../services.ts";

export function addSignalRoute(app: Hono, { client, validator, bodyLimitBytes }: Services): void {
  app.post("/runs/:id/signals/:name", async (context) => {
    const { id: runId, name } = context.req.param();
    const id = nameHeader(context.req, "Alder-Signal-Id");
    const input = nameHeader(context.req, "Alder-Input");
    const options = { ...(id !== undefined && { id }), ...(input !== undefined && { input }) };
    const manifest = await client.receiver(runId, name, options);
    // A signal without a body says that something happened, and nothing else.
    const payload = (await readJson(context.req, bodyLimitBytes)) ?? null;
    validator.payload(manifest, name, payload);

    const sent = await client.signal(runId, name, payload, options);
    context.header("alder-signal-id", sent.id);
    return context.json({ runId, signal: name, id: sent.id, duplicate: sent.isDuplicate }, 202);
  });
}
