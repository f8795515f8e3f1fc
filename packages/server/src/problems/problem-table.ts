/** The one table that maps the codes of errors to HTTP. Codes that are not here are `internal_error`. */

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

export const problemTable = {
  bad_json: { status: 400, title: "The body is not JSON" },
  bad_cursor: { status: 400, title: "Not a cursor" },
  bad_query: { status: 400, title: "A query parameter has no such value" },
  bad_header: { status: 400, title: "A header has no such value" },
  bad_origin: { status: 403, title: "Pages of this origin may not do this" },
  unknown_route: { status: 404, title: "No such route" },
  unknown_workflow: { status: 404, title: "No such workflow" },
  unknown_run: { status: 404, title: "No such run" },
  unknown_signal: { status: 404, title: "The workflow declares no such signal" },
  method_not_allowed: { status: 405, title: "The route does not take this method" },
  run_ended: { status: 409, title: "The run has ended" },
  run_unfinished: { status: 409, title: "The run has not ended" },
  run_completed: { status: 409, title: "The run has completed" },
  run_not_blocked: { status: 409, title: "The run is not blocked" },
  input_closed: { status: 409, title: "The run does not wait for this input" },
  reset: { status: 410, title: "The cursor's event does not exist any more" },
  too_large: { status: 413, title: "The body is too large" },
  value_too_large: { status: 413, title: "The value is too large" },
  view_too_large: { status: 413, title: "The run's view is too large to be sent at once" },
  bad_content_type: { status: 415, title: "The body must be JSON" },
  bad_host: { status: 421, title: "The server does not answer for this host" },
  bad_start: { status: 422, title: "A start option has no such value" },
  not_json: { status: 422, title: "The value is not JSON" },
  invalid_input: { status: 422, title: "The input is not valid" },
  invalid_payload: { status: 422, title: "The signal's payload is not valid" },
  idempotency_conflict: { status: 422, title: "The idempotency key was used with another input" },
  internal_error: { status: 500, title: "The server failed" },
  bad_manifest: { status: 500, title: "A published schema cannot be used" },
  store_busy: { status: 503, title: "The store is busy" },
  store_full: { status: 503, title: "The store is full" },
  store_unavailable: { status: 503, title: "The store cannot be reached" },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemTable;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemTable, code);
}
