// The processes of an example, where they are, and what happens in them, until a signal.
import type { ChosenStore } from "../processes/choose-store.ts";
import { startFleet, type Fleet } from "../processes/start-fleet.ts";
import { stopOnSignal } from "../processes/stop-on-signal.ts";
import { printRuns } from "./print-runs.ts";

interface ServedFleet {
  readonly workflows: string;
  readonly port: number;
  /** Folder of the page. */
  readonly assets: string;
  readonly store: ChosenStore;
  /** What is printed once they are at work, below where they are. */
  readonly text: string;
  readonly toLines?: Parameters<typeof printRuns>[3];
  /** Ends what was started beside them. */
  readonly close: () => Promise<unknown>;
}

/** Two API and three worker processes. Throws `SettingError`. */
export async function serveFleet(options: ServedFleet): Promise<void> {
  const { text, toLines, close, store: chosen, ...given } = options;
  const fleet = await startFleet({ ...given, store: chosen, apis: 2, workers: 3 });
  const store = await chosen.open();
  console.log(`\n${toPlaces(fleet, chosen)}\n${text}\n`);

  const stopping = new AbortController();
  await printRuns(store, stopping.signal, (line) => console.log(line), toLines);

  stopOnSignal(async () => {
    console.log(
      "Stopping: steps may end, runs go on at the next start (the same signal again stops at once)",
    );
    stopping.abort();
    await fleet.stop();
    await store.close();
    await Promise.all([chosen.stop(), close()]);
    process.exit(0);
  });
}

function toPlaces({ url, apiUrls }: Fleet, { place }: ChosenStore): string {
  return `  Page    ${url}
  API     ${apiUrls.join(", ")}, in turn behind the page's address
  Store   ${place}`;
}
