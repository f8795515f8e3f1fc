import type { ErrorHandler, NotFoundHandler } from "hono";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AlderError } from "@alder/core/protocol";
import { toProblem } from "./to-problem.ts";

/** Called with errors that are the server's or the store's fault (status 500 and above). */
export type ErrorListener = (
  error: unknown,
  request: { readonly method: string; readonly path: string },
) => void;

export function respondWithProblem(context: Context, error: unknown): Response {
  const problem = toProblem(error);
  if (problem.status === 503) context.header("retry-after", "1");
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
}

export function createErrorHandler(onError: ErrorListener): ErrorHandler {
  return (error, context) => {
    const response = respondWithProblem(context, error);
    if (response.status >= 500) onError(error, { method: context.req.method, path: context.req.path });
    return response;
  };
}

export const handleUnknownRoute: NotFoundHandler = (context) =>
  respondWithProblem(
    context,
    new AlderError(
      "unknown_route",
      `There is no route ${context.req.path}. Try GET /workflows or GET /runs.`,
    ),
  );
