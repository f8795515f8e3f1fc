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

/** What a client is told of an error: nothing of errors that are not Alder's, and no stack of any. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof AlderError ? codeOf(error) : undefined;
  if (!known || !(error instanceof AlderError)) return describe("internal_error", INTERNAL, {});
  return describe(known, error.message, error.details);
}

const INTERNAL = "Something went wrong in the server that is not the request's fault. Its log has the cause.";

function codeOf({ code }: AlderError): ProblemCode | undefined {
  if (isProblemCode(code)) return code;
  // A store names its own troubles (a full disk, a file it cannot open); to a client they are one: try again later.
  return code.startsWith("store_") ? "store_unavailable" : undefined;
}

function describe(code: ProblemCode, detail: string, members: Readonly<Record<string, unknown>>): Problem {
  const { status, title } = problemTable[code];
  return { ...members, type: `/errors/${code}`, title, status, detail, code };
}
