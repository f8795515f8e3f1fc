/** `@alder/server`: the HTTP API. `createApp` runs wherever Hono does; `serve` is the Node entry. */
export { createApp, type AppOptions } from "./app.ts";
export { serve, type ApiServer, type ServeOptions } from "./node/serve.ts";
export type { ErrorListener } from "./problems/respond.ts";
export { problemTable, type ProblemCode, type ProblemKind } from "./problems/problem-table.ts";
export type { Problem } from "./problems/to-problem.ts";
export type { Violation } from "./requests/validator.ts";
export type { RunRepresentation, WorkersView } from "./run-representation.ts";
