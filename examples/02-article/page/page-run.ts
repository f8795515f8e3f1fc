import type { ErrorData, ProgressView, RunStatus } from "@alder/core/protocol";
import type { Review } from "../src/schemas.ts";
import type { ArticleRun } from "./article-view.ts";
import type { Connection } from "./masthead.tsx";

/** All that the page shows of a run, and all it can do with it. */
export interface PageRun extends ArticleRun {
  readonly status: "idle" | RunStatus;
  readonly connection: Connection;
  readonly message: string | undefined;
  readonly progress: ProgressView | undefined;
  readonly inputs: readonly { readonly name: string }[];
  readonly error: ErrorData | undefined;
  /** What the server said to a request, or why it cannot be reached. */
  readonly connectionError: { readonly message: string; readonly code?: string } | undefined;
  readonly topic: string | undefined;
  readonly start: (topic: string) => Promise<unknown>;
  readonly review: (review: Review) => Promise<unknown>;
  readonly cancel: () => Promise<unknown>;
  readonly reset: () => void;
}
