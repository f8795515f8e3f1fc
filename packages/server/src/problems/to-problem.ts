import { AlderError } from "@alder/core/protocol";
import { isProblemCode, problemTable, type ProblemCode } from "./problem-table.ts";

/** RFC 9457. Facts of the error (`known`, `errors`, `runId` …) stand beside these members. */
export interface Problem {
  /** A relative reference that ends in the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Stable. */
  readonly code: ProblemCode;
  readonly [member: string]: unknown;
}

/**
 * What a client is told of an error: nothing of errors that are not Alder's, no stack of any, and of those that are the
 * server's own fault nothing that names its files. Their messages are for the log.
 */
export function toProblem(error: unknown): Problem {
  const code = error instanceof AlderError ? codeOf(error) : "internal_error";
  const { status, title } = problemTable[code];
  const told = PRIVATE[code];
  const isPublic = told === undefined && error instanceof AlderError;
  const members = isPublic ? error.details : {};
  const detail = isPublic ? error.message : (told ?? title);
  return { ...members, type: `/errors/${code}`, title, status, detail, code };
}

const PRIVATE: Partial<Record<ProblemCode, string>> = {
  internal_error:
    "Something went wrong in the server that is not the request's fault. Its log has the cause.",
  store_busy: "Others write to the store without pause. Nothing was changed: try again.",
  store_full:
    "The store has no room left. Nothing was changed, and no run is lost: give it more, then try again.",
  store_unavailable:
    "The store could not be reached, read or written just now. No run is lost: try again. The server's log has the cause.",
};

function codeOf({ code }: AlderError): ProblemCode {
  if (isProblemCode(code)) return code;
  // What else a store has against a request is the same for a client.
  return code.startsWith("store_") ? "store_unavailable" : "internal_error";
}
