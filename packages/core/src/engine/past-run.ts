import { z } from "zod";
import type { Json } from "../protocol/json.ts";

const pastStepSchema = z.object({
  name: z.string(),
  /** How many steps of this name there were. */
  count: z.number().positive(),
  /** How long one of them took on average, in milliseconds. */
  tookMs: z.number(),
  /** What of the run's time was theirs, all together. */
  shareMs: z.number(),
  /** When the first and the last began, counted in the run's own time. */
  firstMs: z.number(),
  lastMs: z.number(),
});

/** What a store keeps of a run that has completed. */
const pastRunSchema = z.object({
  /** How long it took, without the time it waited for people or for a worker. */
  activeMs: z.number(),
  /** How often it waited for people. */
  waits: z.number(),
  steps: z.array(pastStepSchema),
});

export type PastStep = Readonly<z.infer<typeof pastStepSchema>>;
export type PastRun = Readonly<Omit<z.infer<typeof pastRunSchema>, "steps">> & {
  readonly steps: readonly PastStep[];
};

/** Leaves out what another version has written in another way. */
export function parsePastRuns(timings: readonly Json[]): readonly PastRun[] {
  return timings.flatMap((kept) => pastRunSchema.safeParse(kept).data ?? []);
}
