// The article on Redis, in processes of which any may be killed.
import { fileURLToPath } from "node:url";
import { chooseRedis } from "../../../shared/processes/choose-store.ts";
import { buildPage } from "../../../shared/start/build-page.ts";
import { serveFleet } from "../../../shared/start/serve-fleet.ts";
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
  await serveFleet({
    workflows,
    port,
    assets: page.folder,
    store: redis,
    text: `
  Kill any of these processes with kill -9. Ctrl-C ends them all; runs go on at the next start.`,
    close: async () => model?.close(),
  });
}
