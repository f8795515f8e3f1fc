import { z } from "zod";
import type { Json } from "./json.ts";

const json = z.custom<Json>((value) => value !== undefined);

/**
 * What a worker publishes about one workflow, so that an API process validates and describes it without its code.
 * Manifests outlive the workers that published them.
 */
export const workflowManifestSchema = z.object({
  name: z.string(),
  queue: z.string().describe("Where its runs wait for a worker."),
  input: json.describe("JSON Schema (2020-12) of what a caller gives."),
  output: json.nullable().describe("JSON Schema of what crosses the wire; null where none was declared."),
  signals: z.record(z.string(), json).describe("JSON Schema of each declared signal's payload."),
  streams: z.record(z.string(), json).describe("JSON Schema of each declared published object."),
  build: z.string().describe("Names the code that published it."),
});

export type WorkflowManifest = z.infer<typeof workflowManifestSchema>;
