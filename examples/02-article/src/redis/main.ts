// `npm run start:redis`: the article on Redis, with two API and three worker processes.
process.env.NODE_ENV ??= "production";
const { startOnRedis } = await import("./start-on-redis.ts");
const { explainSetting } = await import("../../../shared/start/settings.ts");
await startOnRedis().catch(explainSetting);
