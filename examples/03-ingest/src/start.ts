// The whole example: two providers, the store, two API and three worker processes, of which any may be killed.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chooseFile, chooseRedis } from "../../shared/processes/choose-store.ts";
import { buildPage } from "../../shared/start/build-page.ts";
import { serveFleet } from "../../shared/start/serve-fleet.ts";
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
  await serveFleet({
    workflows,
    port,
    assets: page.folder,
    store: chosen,
    text: `  Models  ${providers.describe()}

  Kill any of these processes with kill -9: no finished call is made again. Let provider A be down, and come back:

  curl ${providers.a.url}/control -d '{ "capacity": { "outage": true } }'
  curl ${providers.a.url}/control -d '{ "capacity": { "outage": false } }'

  Ctrl-C ends all; runs go on at the next start.`,
    toLines: () => createIngestLines(() => providers.report()),
    close: () => providers.close(),
  });
}
