import type { WorkflowRun } from "@alder/react-client";
import type { Article } from "../src/article.tsx";

/** What the hook gives: everything to see of a run, and everything to do with it. */
export type ArticleRun = WorkflowRun<typeof Article>;
