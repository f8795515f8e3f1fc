import { existsSync } from "node:fs";
import { AlderError } from "@alder/core/protocol";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";

/** Serves a folder's files for whatever path no route has; its `index.html` answers `/`. Throws `bad_setting`. */
export function addAssets(app: Hono, folder: string): void {
  if (!existsSync(folder)) {
    throw new AlderError(
      "bad_setting",
      `The folder of assets "${folder}" does not exist: build the page first, or correct the path.`,
    );
  }
  app.use(
    serveStatic({
      root: folder,
      onFound: (_path, context) => {
        // A page that is built again must be seen: browsers ask each time, and are told when nothing changed.
        context.header("cache-control", "no-cache");
      },
    }),
  );
}
