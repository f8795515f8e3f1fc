import { hostname } from "node:os";
import type { LiveWorker, Store } from "../store/store.ts";

/**
 * Takes over from workers whose process on this machine is gone, without waiting for their leases: a program that was
 * killed and started again goes on at once.
 */
export async function buryDead(store: Store): Promise<void> {
  for (const worker of await store.listWorkers()) if (isDead(worker)) await store.buryWorker(worker.id);
}

/** Where this is wrong, two containers with one host name say, the fence keeps the run with one owner all the same. */
function isDead({ process: its }: LiveWorker): boolean {
  if (its === undefined || its.host !== hostname() || its.pid === process.pid) return false;
  try {
    process.kill(its.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
