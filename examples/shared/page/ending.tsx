import type { ErrorData } from "@alder/core/protocol";
import type { WorkflowRun, WorkflowTypes } from "@alder/react-client";
import type { ReactNode } from "react";
import { Problem } from "./problem.tsx";

type Told = "blocked" | "connection" | "connectionError" | "retry" | "accept";

/** What the hook gives of a run, of whatever workflow. */
type Stopped = Pick<WorkflowRun<WorkflowTypes>, Told> &
  (
    | { readonly status: "failed"; readonly error: ErrorData }
    | { readonly status: Exclude<WorkflowRun<WorkflowTypes>["status"], "failed">; readonly error: undefined }
  );

interface EndingProps {
  readonly run: Stopped;
  readonly titles: Readonly<Record<"failed" | "cancelled" | "unreadable", string>>;
  /** What becomes of what there was, of a run that was cancelled. */
  readonly kept: string;
  /** What else can be done. */
  readonly children?: ReactNode;
}

/** Why a run has stopped, and what lets it go on; and why it cannot be read. */
export function Ending({ run, titles, kept, children }: EndingProps) {
  const { status, error, blocked, connection, connectionError } = run;
  const goOn = (
    <button type="button" className="primary" onClick={() => void run.retry()}>
      Go on where it stopped
    </button>
  );
  if (status === "failed") {
    return (
      <Problem title={titles.failed} error={error}>
        {goOn}
        {children}
      </Problem>
    );
  }
  if (status === "cancelled") {
    return (
      <Problem title={titles.cancelled} error={{ message: kept, code: null }}>
        {goOn}
        {children}
      </Problem>
    );
  }
  if (status === "blocked" && blocked) {
    return (
      <Problem title="The workflow has changed" error={{ message: blocked.message, code: null }}>
        <button type="button" className="primary" onClick={() => void run.accept()}>
          Go on with the new code
        </button>
        {children}
      </Problem>
    );
  }
  if (connection === "failed" && connectionError) {
    return <Problem title={titles.unreadable} error={connectionError} />;
  }
  return null;
}
