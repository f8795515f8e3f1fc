// The data of the workflow `article`, as people, the page and the model see it.
import { z } from "zod";
import { Source } from "./passage.ts";

export const Topic = z.object({
  topic: z.string().trim().min(2).max(200).describe("What the article is about"),
  folder: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe("Where to look for Markdown files; default: the installed dependencies"),
});
export type Topic = z.infer<typeof Topic>;

/** What the model is asked for. */
export const Plan = z.object({
  title: z.string(),
  headings: z.array(z.string()).min(1).max(5),
});

/** What is published before the first section is written. */
export const Outline = Plan.extend({ sources: z.array(Source) });
export type Outline = z.infer<typeof Outline>;

export const Section = z.object({ heading: z.string(), text: z.string() });
export type Section = z.infer<typeof Section>;

export const Text = z.object({ introduction: z.string(), sections: z.array(Section) });
export type Text = z.infer<typeof Text>;

/** The signal the workflow waits for: a note is worked in, once. */
export const Review = z.object({ approved: z.boolean(), note: z.string().trim().max(2_000).optional() });
export type Review = z.infer<typeof Review>;

export const Article = Text.extend({ title: z.string(), sources: z.array(Source), review: Review });
export type Article = z.infer<typeof Article>;
