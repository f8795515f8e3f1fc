/** What a start is given beside its input: headers, because the body is the input. */
import type { StartOptions } from "@alder/core/client";
import { AlderError } from "@alder/core/protocol";
import type { HonoRequest } from "hono";
import { nameHeader } from "./query.ts";

/** Throws `bad_header`. */
export function startOptionsOf(request: HonoRequest): StartOptions {
  const idempotencyKey = nameHeader(request, "Idempotency-Key");
  const tenant = request.header("Alder-Tenant");
  return {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(tenant !== undefined && { tenant: decoded("Alder-Tenant", tenant) }),
  };
}

/** Headers are ASCII: what is not is percent-encoded. */
function decoded(name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AlderError(
      "bad_header",
      `${name} cannot be decoded: it is percent-encoded, so that "%" is written as "%25" and "ü" as "%C3%BC".`,
      { cause, details: { header: name } },
    );
  }
}
