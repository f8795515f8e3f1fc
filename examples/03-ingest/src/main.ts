// `npm run start:ingest`: two API and three worker processes, and two providers with limits.
process.env.NODE_ENV ??= "production";
const { start } = await import("./start.ts");
const { explainSetting } = await import("../../shared/start/settings.ts");
await start().catch(explainSetting);
