/** What an `Approval` waits for. */
import { z } from "zod";

/** Schema of the signal that answers an `Approval`: declare it in the workflow's `signals`. */
export const decisionSchema = z.object({ approved: z.boolean(), comment: z.string().optional() });

export type Decision = z.infer<typeof decisionSchema>;
