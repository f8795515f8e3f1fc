import { z } from "zod";

/** A piece of a document, small enough to put many of them into one prompt. */
export const Passage = z.object({
  /** Number of the source it is from: what a citation like `[2]` means. */
  source: z.number().int(),
  document: z.string(),
  heading: z.string(),
  text: z.string(),
});
export type Passage = z.infer<typeof Passage>;

export const Source = z.object({
  number: z.number().int(),
  document: z.string(),
  /** Path below the folder that was searched. */
  path: z.string(),
});
export type Source = z.infer<typeof Source>;
