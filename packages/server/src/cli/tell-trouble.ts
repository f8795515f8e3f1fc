import { AlderError } from "@alder/core/protocol";

const SILENT_MS = 30_000;

/** Prints what goes wrong without ending a run: the same thing, which comes with every heartbeat, twice a minute at most. */
export function createTrouble(print: (line: string) => void, now: () => number): (error: unknown) => void {
  const toldAt = new Map<string, number>();
  return (error) => {
    const isOurs = error instanceof AlderError;
    const key = isOurs ? error.code : String(error);
    if (now() - (toldAt.get(key) ?? -Infinity) < SILENT_MS) return;
    // As many keys as there are kinds of trouble; the texts of others' errors may differ without end.
    if (toldAt.size > 100) toldAt.clear();
    toldAt.set(key, now());
    print(
      `alder: ${isOurs ? `${error.message} (${error.code})` : ((error as Error).stack ?? String(error))}`,
    );
  };
}
