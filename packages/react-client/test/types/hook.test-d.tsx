// What a hook knows of a workflow by its type alone, and what it refuses.
import { AlderProvider, createClient, useWorkflowRun, type WorkflowRunOptions } from "@alder/react-client";
import type { BlockedView, Divergence, ErrorData, StepView } from "@alder/core/protocol";
import type { ReactElement } from "react";
import { same } from "../../../core/test/types/same.ts";
import type { Article, Combine, Nightly, workflows } from "./workflows.ts";

export function App(): ReactElement {
  const run = useWorkflowRun<typeof Article>("article", { persist: "url" });

  // ---- starting
  same<typeof run.isStarting, boolean>(true);
  void run.start({ topic: "x" });
  void run.start({ topic: "x", count: 2 });
  void run.start({ topic: "x" }, { tenant: "acme", tags: ["a"], metadata: { n: 1 }, priority: 3 });
  // @ts-expect-error no such option
  void run.start({ topic: "x" }, { tennant: "acme" });
  // @ts-expect-error metadata is JSON
  void run.start({ topic: "x" }, { metadata: { at: new Date() } });
  // @ts-expect-error no topic
  void run.start({});
  // @ts-expect-error no input at all
  void run.start();
  // @ts-expect-error a property that is none
  void run.start({ topic: "x", depth: 1 });
  same<ReturnType<typeof run.start>, Promise<string>>(true);
  same<typeof run.input, { topic: string; count?: number | undefined } | undefined>(true);

  // ---- the end: what crosses the wire, so a date is text
  same<typeof run.output, { at: string; text: string } | undefined>(true);
  if (run.status === "completed") same<typeof run.output, { at: string; text: string }>(true);
  if (run.status === "failed") same<typeof run.error, ErrorData>(true);
  if (run.status === "running") same<typeof run.output, undefined>(true);
  // @ts-expect-error no such status
  same<typeof run.status & "done", "done">(true);

  // ---- signals
  void run.signal("approve", { ok: true });
  void run.signal("approve", { ok: true }, { id: "mine", input: "step" });
  void run.signal("edit", "text");
  // @ts-expect-error a wrong payload
  void run.signal("approve", { ok: 1 });
  // @ts-expect-error no such signal
  void run.signal("aprove", { ok: true });
  for (const input of run.inputs) {
    if (input.name === "approve") void input.respond({ ok: true });
    else void input.respond("text");
    // @ts-expect-error nothing that any input takes
    void input.respond(7);
  }

  // ---- objects, steps, text
  same<ReturnType<typeof run.object<"outline">>, string[] | undefined>(true);
  // @ts-expect-error no such object
  run.object("outlin");
  same<typeof run.steps, readonly StepView[]>(true);
  same<ReturnType<typeof run.text>, string>(true);
  run.text("Draft", { key: "Intro", stream: "notes", separator: "\n" });
  // @ts-expect-error no such option
  run.text("Draft", { sep: "\n" });

  same<typeof run.blocked, BlockedView | undefined>(true);
  same<typeof run.diverged, readonly Divergence[]>(true);
  same<ReturnType<typeof run.accept>, Promise<void>>(true);
  same<ReturnType<typeof run.retry>, Promise<void>>(true);
  // @ts-expect-error it is not its own reason
  same<typeof run.blocked, boolean>(true);

  // ---- states are told apart
  // @ts-expect-error a connection is no status
  same<typeof run.connection, typeof run.status>(true);

  const combined = useWorkflowRun<typeof Combine>("combine");
  if (combined.status === "completed") {
    same<typeof combined.output, { first: { hits: string[]; at: number } }>(true);
  }
  same<(typeof combined)["inputs"], readonly never[]>(true);
  // @ts-expect-error it takes no signals
  void combined.signal("approve", { ok: true });

  const nightly = useWorkflowRun<typeof Nightly>("nightly", { runId: undefined, enabled: false });
  void nightly.start();
  void nightly.start({ day: "monday" });

  return (
    <button onClick={() => void run.start({ topic: "alders" })}>
      {run.message} {run.text("Draft")} <progress value={run.progress.value} max={run.progress.max} />
    </button>
  );
}

export function Refused(): ReactElement {
  // @ts-expect-error a wrong name
  useWorkflowRun<typeof Article>("artcle");
  // @ts-expect-error without the workflow's type nothing is known
  useWorkflowRun("article");
  // @ts-expect-error nowhere to keep it
  useWorkflowRun<typeof Article>("article", { persist: "cookie" });
  return <br />;
}

export const options: WorkflowRunOptions<typeof Article> = {
  persist: { url: "article" },
  onEvent: (event) => same<typeof event.seq, number>(true),
  onFinish: (ending) => {
    if (ending.status === "completed") same<typeof ending.output, { at: string; text: string }>(true);
    if (ending.status === "failed") same<typeof ending.error, ErrorData>(true);
    // @ts-expect-error a cancelled run has no output
    if (ending.status === "cancelled") return ending.output;
    return undefined;
  },
};

// A client with names or without: both fit a provider.
export const provided = (
  <AlderProvider client={createClient<typeof workflows>({ url: "/api" })}>
    <AlderProvider client={createClient()} />
  </AlderProvider>
);
