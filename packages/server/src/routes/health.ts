import { AlderError } from "@alder/core/protocol";
import type { Hono } from "hono";
import type { Services } from "../services.ts";

export function addHealthRoutes(app: Hono, { client }: Services): void {
  /** The process answers. */
  app.get("/healthz", (context) => context.json({ status: "ok" }));

  /**
   * The process can serve: its store answers. Also where the store is full: runs can be read and steered, only new ones
   * are refused, and all processes would be taken out of service at once.
   */
  app.get("/readyz", async (context) => {
    const full = await client.ping().then(() => undefined, toFull);
    return context.json({ status: "ready", ...(full === undefined ? {} : { warning: full.message }) });
  });
}

/** Throws what the store says otherwise. */
function toFull(error: unknown): AlderError {
  if (error instanceof AlderError && error.code === "store_full") return error;
  throw error;
}
