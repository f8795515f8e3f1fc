import { AlderError } from "@alder/core/protocol";
import type { MiddlewareHandler } from "hono";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
/** Probes call by address, and learn nothing there that is worth hiding. */
const OPEN_PATHS = new Set(["/healthz", "/readyz"]);

/**
 * Refuses requests for names this server does not go by (`bad_host`): a page that points its own name at this machine
 * (DNS rebinding) would else read and start runs as if it were ours. Ports do not matter. Throws `bad_setting`.
 */
export function createHostCheck(allowedHosts: readonly string[] | "any"): MiddlewareHandler {
  const names = new Set(allowedHosts === "any" ? [] : [...LOCAL_HOSTS, ...allowedHosts].map(toName));
  return async (context, next) => {
    const host = context.req.header("host") ?? new URL(context.req.url).host;
    const name = parseHost(host)?.hostname;
    const isAllowed = allowedHosts === "any" || (name !== undefined && names.has(name));
    if (!isAllowed && !OPEN_PATHS.has(context.req.path)) {
      throw new AlderError(
        "bad_host",
        `This server does not answer for the host "${host.slice(0, 100)}": call it by a name it knows, or add the name to allowedHosts.`,
      );
    }
    await next();
  };
}

function toName(host: string): string {
  const name = parseHost(host)?.hostname;
  if (name !== undefined) return name;
  throw new AlderError(
    "bad_setting",
    `allowedHosts has "${host}", which is no name of a host: write it as "api.example.com", without a scheme or a path, or give "any".`,
  );
}

/** A `Host` header taken apart; undefined for what is none. */
export function parseHost(host: string): URL | undefined {
  return /^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
}
