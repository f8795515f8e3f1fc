import type { WorkflowRun, WorkflowTypes } from "@alder/react-client";

type Status = WorkflowRun<WorkflowTypes>["status"];

/** How the run stands, in a few words. */
export function toStatusText({
  status,
  message,
  cursor,
  connection,
}: Pick<WorkflowRun<WorkflowTypes>, "status" | "message" | "cursor" | "connection">): string {
  if (cursor === undefined) return connection === "failed" ? "Not found" : "One moment";
  return status === "running" || status === "waiting" ? (message ?? "At work") : texts[status];
}

const texts: Record<Exclude<Status, "running" | "waiting">, string> = {
  idle: "Starting",
  queued: "Waiting for a worker",
  blocked: "Stopped: the workflow’s code has changed since it started",
  cancelling: "Cancelling",
  completed: "Finished",
  failed: "Failed",
  cancelled: "Cancelled",
};
