import {
  unstable_IdlePriority as IdlePriority,
  unstable_scheduleCallback as scheduleCallback,
} from "scheduler";
import { outstandingHostTimeouts } from "./host-config.ts";

/** Calls back once React has nothing left to do of its own: no passive effect, no timeout. */
export function whenReactIsIdle(callback: () => void): void {
  scheduleCallback(IdlePriority, () => {
    if (outstandingHostTimeouts() === 0) callback();
    else setImmediate(() => whenReactIsIdle(callback));
  });
}
