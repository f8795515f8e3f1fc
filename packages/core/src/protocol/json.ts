export type { Json, JsonObject } from "../internal/json.ts";
