import { modelName, startModelServer, type ModelServer } from "../../../shared/model-server/model-server.ts";

/** A local model where the environment names none; the environment names it from now on. */
export async function chooseModel(tokenDelayMs: number): Promise<ModelServer | undefined> {
  if (process.env.OPENAI_API_KEY || process.env.OPENAI_BASE_URL) return undefined;
  const model = await startModelServer({ tokenDelayMs });
  process.env.OPENAI_BASE_URL = model.baseUrl;
  process.env.OPENAI_MODEL = modelName;
  return model;
}
