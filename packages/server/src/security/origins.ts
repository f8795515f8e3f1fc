import { AlderError } from "@alder/core/protocol";
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { parseHost } from "./hosts.ts";

const REQUEST_HEADERS = `Accept Authorization Content-Type If-None-Match Last-Event-ID Prefer
  Idempotency-Key Alder-Input Alder-Signal-Id
  Alder-Metadata Alder-Priority Alder-Tags Alder-Tenant`.split(/\s+/);
const RESPONSE_HEADERS = "Alder-Run-Id Alder-Signal-Id ETag Location Preference-Applied Retry-After".split(
  " ",
);
const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what pages of other origins would change here (`bad_origin`). Browsers always say where such a request comes
 * from; what says nothing is no browser.
 */
export function createOriginCheck(allowedOrigins: readonly string[]): MiddlewareHandler {
  const origins = new Set(allowedOrigins.map(toOrigin));
  return async (context, next) => {
    const origin = context.req.header("origin");
    if (origin !== undefined && !READING_METHODS.has(context.req.method) && !origins.has(origin)) {
      const host = context.req.header("host") ?? new URL(context.req.url).host;
      const isSame = URL.canParse(origin) && new URL(origin).host === parseHost(host)?.host;
      if (!isSame) {
        throw new AlderError(
          "bad_origin",
          `Pages of "${origin.slice(0, 100)}" may not change anything here: serve the page from this server, or add its origin to allowedOrigins.`,
        );
      }
    }
    await next();
  };
}

/** Lets pages of the allowed origins, and of no others, read what this server answers. */
export function createCors(allowedOrigins: readonly string[]): MiddlewareHandler {
  const origins = new Set(allowedOrigins.map(toOrigin));
  return cors({
    origin: (origin) => (origins.has(origin) ? origin : null),
    allowMethods: ["GET", "HEAD", "POST", "DELETE"],
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: RESPONSE_HEADERS,
    maxAge: 600,
  });
}

function toOrigin(text: string): string {
  if (!URL.canParse(text)) {
    throw new AlderError(
      "bad_setting",
      `allowedOrigins has "${text}", which is no origin: write it as "https://example.com", with a port where it has one.`,
    );
  }
  return new URL(text).origin;
}
