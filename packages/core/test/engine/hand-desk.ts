/** Permits that the test gives by hand. */
import type { PermitDesk, PermitUse, PermitWant } from "../../src/engine/permit-desk.ts";

interface AskedPermit {
  readonly key: string;
  readonly want: PermitWant;
  /** How it was given back; null while it was not. */
  givenBack: PermitUse | null;
}

export interface HandDesk extends PermitDesk {
  /** All that was asked for, in order. */
  readonly asked: AskedPermit[];
  readonly pauses: { readonly key: string; readonly until: number }[];
  /** Keys of what is asked for or held. */
  left(): string[];
}

/** `auto`: grants at once. */
export function createHandDesk(auto = false): HandDesk {
  const asked: AskedPermit[] = [];
  const pauses: HandDesk["pauses"] = [];
  return {
    asked,
    pauses,
    left: () => asked.filter(({ givenBack }) => givenBack === null).map(({ key }) => key),
    ask(want) {
      const entry: AskedPermit = { key: want.limit.key, want, givenBack: null };
      asked.push(entry);
      if (auto) queueMicrotask(() => entry.givenBack === null && want.onGranted());
      return {
        giveBack(use) {
          if (entry.givenBack !== null) throw new Error(`${entry.key} was given back twice`);
          entry.givenBack = use;
        },
      };
    },
    pause: (key, until) => void pauses.push({ key, until }),
  };
}
