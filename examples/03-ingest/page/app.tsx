import { useWorkflowRun } from "@alder/react-client";
import type { Ingest } from "../src/ingest.tsx";
import { IngestPage } from "./ingest-page.tsx";

export function App() {
  // The id of the run is in the page's address: reload it, or send it to somebody.
  const run = useWorkflowRun<typeof Ingest>("ingest", { persist: "url" });
  return <IngestPage run={run} />;
}
