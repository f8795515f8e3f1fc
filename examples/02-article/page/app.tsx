import { useWorkflowRun } from "@alder/react-client";
import type { Article } from "../src/article.tsx";
import { ArticlePage } from "./article-page.tsx";
import { useModelInfo } from "./use-model-info.ts";

export function App() {
  // The id of the run is in the page's address: reload it, or send it to somebody.
  const run = useWorkflowRun<typeof Article>("article", { persist: "url" });
  const model = useModelInfo();
  return <ArticlePage run={run} model={model} />;
}
