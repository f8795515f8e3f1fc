import type { Hono } from "hono";
import { countLive } from "../live-workers.ts";
import type { Services } from "../services.ts";

export function addWorkflowRoutes(app: Hono, { client }: Services): void {
  app.get("/workflows", async (context) => {
    const workers = await client.workers();
    const manifests = await client.workflows();
    const workflows = manifests.map((manifest) => ({
      ...manifest,
      workers: { live: countLive(workers, manifest) },
    }));
    return context.json({ workflows });
  });

  app.get("/workflows/:name", async (context) => {
    const manifest = await client.workflow(context.req.param("name"));
    const workers = { live: countLive(await client.workers(), manifest) };
    return context.json({ ...manifest, workers });
  });
}
