import type { WorkflowRun } from "@alder/react-client";
import type { Ingest } from "../src/ingest.tsx";

/** What the hook gives: everything to see of a run, and everything to do with it. */
export type IngestRun = WorkflowRun<typeof Ingest>;
