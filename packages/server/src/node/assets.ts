import { existsSync } from "node:fs";
import { AlderError } from "@alder/core/protocol";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono, MiddlewareHandler } from "hono";

/** Serves a folder's files for whatever path no route has; its `index.html` answers `/`. Throws `bad_setting`. */
export function addAssets(app: Hono, folder: string): void {
  if (!existsSync(folder)) {
    throw new AlderError(
      "bad_setting",
      `The folder of assets "${folder}" does not exist: build the page first, or correct the path.`,
    );
  }
  app.use(
    answerUnchanged,
    serveStatic({
      root: folder,
      onFound: (_path, context) => {
        // A page that is built again must be seen: browsers ask each time, and are told when nothing changed.
        const isFixed = HASHED_FILE.test(context.req.path);
        context.header("cache-control", isFixed ? "public, max-age=31536000, immutable" : "no-cache");
      },
    }),
  );
}

/**
 * A file that a bundler named for its content, so that it never changes. The hash has a digit or a capital in it, which
 * the words of a name mostly have not; one that is missed is only asked for again.
 */
const HASHED_FILE =
  /^\/assets\/.*[.-](?=[\w-]*(?:\d|\w[A-Z]))(?=[\w-]*[A-Za-z])(?:[\w-]{8}|[\da-f]{8,})(?:\.[a-z]\w*)+$/;

const answerUnchanged: MiddlewareHandler = async (context, next) => {
  await next();
  const { status, headers, body } = context.res;
  const since = Date.parse(context.req.header("if-modified-since") ?? "");
  const modified = Date.parse(headers.get("last-modified") ?? "");
  if (status !== 200 || !(modified <= since)) return;
  await body?.cancel();
  const kept = new Headers(headers);
  for (const name of ["content-length", "content-type"]) kept.delete(name);
  // Else the headers of the answer that is replaced are taken over.
  context.res = undefined;
  context.res = new Response(null, { status: 304, headers: kept });
};
