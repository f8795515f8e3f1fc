import type { LiveWorker } from "@alder/core/store";

/** How many of these workers execute a workflow. */
export function countLive(
  workers: readonly LiveWorker[],
  { name, queue }: { readonly name: string; readonly queue: string },
): number {
  return workers.filter((worker) => worker.workflows.includes(name) && worker.queues.includes(queue)).length;
}
