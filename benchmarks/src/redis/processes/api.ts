import { createRedisStore } from "@alder/core/redis";
import { serve } from "@alder/server";
import { answerParent, readSettings } from "./answer-parent.ts";
import { usage } from "./usage.ts";

const { url } = readSettings() as { readonly url: string };
const api = await serve({ store: createRedisStore({ url }), port: 0 });

answerParent({ usage, url: () => api.url });
