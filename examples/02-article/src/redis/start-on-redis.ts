// The article on Redis, in processes of which any may be killed.
import { fileURLToPath } from "node:url";
import { chooseRedis } from "../../../shared/processes/choose-store.ts";
import { startFleet } from "../../../shared/processes/start-fleet.ts";
import { stopOnSignal } from "../../../shared/processes/stop-on-signal.ts";
import { buildPage } from "../../../shared/start/build-page.ts";
import { printRuns } from "../../../shared/start/print-runs.ts";
import { readSettings } from "../../../shared/start/settings.ts";
import { chooseModel } from "../start/choose-model.ts";

const example = fileURLToPath(new URL("../..", import.meta.url));
const workflows = fileURLToPath(new URL("../article.tsx", import.meta.url));

export async function startOnRedis(): Promise<void> {
  const { port, dataFolder, tokenDelayMs, redisUrl } = readSettings(process.env);
  const page = await buildPage(example);
  if (page.isNew) console.log("Built the page");

  const model = await chooseModel(tokenDelayMs);
  const redis = await chooseRedis(redisUrl, dataFolder);
  const fleet = await startFleet({
    workflows,
    apis: 2,
    workers: 3,
    port,
    assets: page.folder,
    store: redis,
  });

  const stopping = new AbortController();
  const store = await redis.open();
  console.log(`
  Page    ${fleet.url}
  API     ${fleet.apiUrls.join(", ")}, in turn behind the page's address
  Store   ${redis.place}

  Kill any of these processes with kill -9. Ctrl-C ends them all; runs go on at the next start.
`);
  await printRuns(store, stopping.signal, (line) => console.log(line));

  stopOnSignal(async () => {
    console.log(
      "Stopping: steps may end, runs go on at the next start (the same signal again stops at once)",
    );
    stopping.abort();
    await fleet.stop();
    await store.close();
    await Promise.all([redis.stop(), model?.close()]);
    process.exit(0);
  });
}
