// `npm run model`: the model server alone, on PORT (4601).
import { startModelServer } from "./model-server.ts";

const port = Number(process.env.PORT ?? 4601);
const tokenDelayMs = Number(process.env.MODEL_TOKEN_DELAY_MS ?? 90);
const { baseUrl } = await startModelServer({ port, tokenDelayMs });
console.log(`A model that quotes its prompt listens at ${baseUrl}`);
