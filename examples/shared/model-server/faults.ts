// How the server is told to misbehave, so that a workflow's retries can be watched and tested.
import { z } from "zod";
import { capacitySchema } from "./capacity.ts";

const faultSchema = z.discriminatedUnion("fault", [
  z.object({ fault: z.literal("rate_limit"), retryAfterSeconds: z.number().nonnegative().default(1) }),
  z.object({ fault: z.literal("error"), status: z.number().int().min(500).max(599).default(500) }),
  z.object({ fault: z.literal("cut"), afterChunks: z.number().int().nonnegative().default(5) }),
]);
export type Fault = z.infer<typeof faultSchema>;

/** The body of `POST /control`. */
export const controlSchema = z.object({
  /** Answer the next so many calls with the fault. */
  next: z.number().int().positive().default(1),
  /** Only calls of this kind: `section`, `outline`, … */
  kind: z.string().optional(),
  fault: faultSchema.optional(),
  tokenDelayMs: z.number().nonnegative().optional(),
  /** What it can take from now on; what is not named stays. */
  capacity: capacitySchema.optional(),
});

export interface FaultPlan {
  add(fault: Fault, times: number, kind: string | undefined): void;
  /** The fault for a call that comes in now, which uses it up. */
  take(kind: string): Fault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const planned: { fault: Fault; kind: string | undefined }[] = [];
  return {
    add(fault, times, kind) {
      for (let time = 0; time < times; time++) planned.push({ fault, kind });
    },
    take(kind) {
      const index = planned.findIndex((plan) => plan.kind === undefined || plan.kind === kind);
      return index < 0 ? undefined : planned.splice(index, 1)[0]!.fault;
    },
  };
}
