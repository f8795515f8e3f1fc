// The whole example in one process: model, worker, API and page. In production they would be several.
import { fileURLToPath } from "node:url";
import { hasCode } from "@alder/core/protocol";
import { createWorker } from "@alder/core/worker";
import { serve, type ApiServer } from "@alder/server";
import { Article } from "../article.tsx";
import { readModelSettings } from "../model.ts";
import { buildPage } from "../../../shared/start/build-page.ts";
import { chooseModel } from "./choose-model.ts";
import { openStores } from "./open-stores.ts";
import { printRuns } from "../../../shared/start/print-runs.ts";
import { readSettings, SettingError } from "../../../shared/start/settings.ts";

const example = fileURLToPath(new URL("../..", import.meta.url));

export async function start(): Promise<void> {
  const settings = readSettings(process.env);
  const { port, tokenDelayMs } = settings;
  const page = await buildPage(example);
  if (page.isNew) console.log("Built the page");

  const model = await chooseModel(tokenDelayMs);
  const stores = await openStores(settings);
  const worker = createWorker({ store: stores.worker, workflows: [Article] });
  const api = await serve({ store: stores.api, port, assets: page.folder }).catch(explainPort);
  api.app.get("/article/info", (c) =>
    c.json({ name: readModelSettings().name, isLocal: model !== undefined }),
  );

  // Runs of an earlier process go on as soon as the worker starts: their lines are kept until the URLs are out.
  const stopping = new AbortController();
  const early: string[] = [];
  let print = (line: string): void => void early.push(line);
  await printRuns(stores.api, stopping.signal, (line) => print(line));
  await worker.start();
  print = (line) => console.log(line);
  print(describe(api, stores.place, model?.baseUrl));
  early.forEach(print);

  const stop = async () => {
    console.log(
      "Stopping: steps may end, runs go on at the next start (the same signal again stops at once)",
    );
    await worker.stop();
    stopping.abort();
    await Promise.all([api.close(), model?.close()]);
    await stores.close();
  };
  // The second signal ends the process at once, as it would without us.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
}

function explainPort(error: unknown): never {
  if (!hasCode(error, "port_in_use")) throw error;
  throw new SettingError(`${(error as Error).message} For example: PORT=4610 npm start`);
}

function describe({ url }: ApiServer, place: string, modelUrl: string | undefined): string {
  const { name, baseUrl } = readModelSettings();
  return `
  Page    ${url}
  API     ${url}/workflows
  Model   ${modelUrl ? `the local one, which quotes its prompt (${baseUrl})` : `${name} at ${baseUrl}`}
  Data    ${place}

  curl -N ${url}/workflows/article/runs -H 'content-type: application/json' -H 'accept: text/event-stream' \\
    -d '{ "topic": "Matching files with glob patterns" }'
`;
}
