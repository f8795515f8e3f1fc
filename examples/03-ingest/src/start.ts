// The whole example: two providers, the store, two API and three worker processes, of which any may be killed.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chooseFile, chooseRedis } from "../../shared/processes/choose-store.ts";
import { startFleet } from "../../shared/processes/start-fleet.ts";
import { stopOnSignal } from "../../shared/processes/stop-on-signal.ts";
import { buildPage } from "../../shared/start/build-page.ts";
import { printRuns } from "../../shared/start/print-runs.ts";
import { createIngestLines } from "./ingest-lines.ts";
import { startProviders } from "./providers.ts";
import { readIngestSettings } from "./settings.ts";

const example = fileURLToPath(new URL("..", import.meta.url));
const workflows = fileURLToPath(new URL("ingest.tsx", import.meta.url));

export async function start(): Promise<void> {
  const { port, dataFolder, store: kind, redisUrl } = readIngestSettings(process.env);
  mkdirSync(dataFolder, { recursive: true });
  const page = await buildPage(example);
  if (page.isNew) console.log("Built the page");

  const providers = await startProviders();
  const chosen = kind === "redis" ? await chooseRedis(redisUrl, dataFolder) : chooseFile(dataFolder);
  const fleet = await startFleet({
    workflows,
    apis: 2,
    workers: 3,
    port,
    assets: page.folder,
    store: chosen,
  });
  const store = await chosen.open();
  console.log(`
  Page    ${fleet.url}
  API     ${fleet.apiUrls.join(", ")}, in turn behind the page's address
  Store   ${chosen.place}
  Models  ${providers.describe()}

  Kill any of these processes with kill -9: no finished call is made again. Let provider A be down, and come back:

  curl ${providers.a.url}/control -d '{ "capacity": { "outage": true } }'
  curl ${providers.a.url}/control -d '{ "capacity": { "outage": false } }'

  Ctrl-C ends all; runs go on at the next start.
`);

  const stopping = new AbortController();
  const toLines = () => createIngestLines(() => providers.report());
  await printRuns(store, stopping.signal, (line) => console.log(line), toLines);

  stopOnSignal(async () => {
    console.log(
      "Stopping: steps may end, runs go on at the next start (the same signal again stops at once)",
    );
    stopping.abort();
    await fleet.stop();
    await store.close();
    await Promise.all([chosen.stop(), providers.close()]);
    process.exit(0);
  });
}
