import type { Hono } from "hono";
import type { Services } from "../services.ts";

export function addHealthRoutes(app: Hono, { client }: Services): void {
  /** The process answers. */
  app.get("/healthz", (context) => context.json({ status: "ok" }));

  /** The process can serve: its store answers. */
  app.get("/readyz", async (context) => {
    await client.ping();
    return context.json({ status: "ready" });
  });
}
