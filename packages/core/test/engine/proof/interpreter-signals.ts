import type { Json } from "@alder/core";
import type { Region } from "./interpreter-steps.ts";
import type { ScriptedSignal } from "./program.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Signals are a log: per name in order, kept if they come early, one for each that waits, who asked first is first (E12). */
export class InterpretedSignals {
  readonly #arrived: ScriptedSignal[] = [];
  readonly #waiting: {
    readonly name: string;
    readonly region: Region;
    readonly give: (payload: Json) => void;
  }[] = [];

  constructor(time: VirtualTime, script: readonly ScriptedSignal[]) {
    for (const signal of script) {
      time.after(signal.at, () => {
        this.#arrived.push(signal);
        this.#match();
      });
    }
  }

  next(name: string, region: Region): Promise<Json> {
    return new Promise((give) => {
      this.#waiting.push({ name, region, give });
      this.#match();
    });
  }

  #match(): void {
    for (const [index, signal] of this.#arrived.entries()) {
      const waiter = this.#waiting.findIndex(({ name, region }) => name === signal.name && region.isAlive);
      if (waiter < 0) continue;
      this.#arrived.splice(index, 1);
      this.#waiting.splice(waiter, 1)[0]?.give(signal.payload);
      return this.#match();
    }
  }
}
