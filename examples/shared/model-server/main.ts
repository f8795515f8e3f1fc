// `npm run model`: the model server alone, on PORT (4601).
import { explainSetting, readPort, readTokenDelayMs } from "../start/settings.ts";
import { startModelServer } from "./model-server.ts";

try {
  const settings = { port: readPort(process.env, 4_601), tokenDelayMs: readTokenDelayMs(process.env) };
  const { baseUrl } = await startModelServer(settings);
  console.log(`A model that quotes its prompt listens at ${baseUrl}`);
} catch (error) {
  explainSetting(error);
}
