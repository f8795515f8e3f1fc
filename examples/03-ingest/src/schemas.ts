// The data of the workflow `ingest`, as people, the page and the model see it.
import { z } from "zod";

export const Onboarding = z.object({
  customer: z.string().trim().min(2).max(80).describe("Whose documents these are"),
  folder: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe("Where the documents are; default: the installed dependencies"),
});
export type Onboarding = z.infer<typeof Onboarding>;

export interface Document {
  /** Below the folder. */
  readonly path: string;
  /** Of its content: the same text is the same document, another text another. */
  readonly digest: string;
}

/** What is known of one document, or of many. */
export const Note = z.object({
  /** The first and the last document it is about. */
  from: z.string(),
  to: z.string(),
  documents: z.number().int().positive(),
  text: z.string(),
});
export type Note = z.infer<typeof Note>;

export const Profile = z.object({
  customer: z.string(),
  documents: z.number().int(),
  /** Markdown. */
  text: z.string(),
});
export type Profile = z.infer<typeof Profile>;
