/** `@alder/core/protocol`: what is said between planes. Runs in a browser: no Node, no React. */
export { AlderError, hasCode, type AlderErrorOptions, type ErrorData } from "./errors/alder-error.ts";
export { messageOf } from "./errors/message-of.ts";
export type { Json, JsonObject } from "./protocol/json.ts";
export * from "./protocol/events.ts";
export * from "./protocol/cursor.ts";
export * from "./protocol/run-view.ts";
export * from "./protocol/manifest.ts";
export * from "./protocol/fold.ts";
export * from "./protocol/select.ts";
export { keepText } from "./protocol/keep-text.ts";
export * from "./protocol/time-left.ts";
export { applyPatch } from "./protocol/json-patch.ts";
export { diffJson } from "./protocol/json-diff.ts";
