// `npm start`. React decides at its first import whether it is the production build.
process.env.NODE_ENV ??= "production";
const { start } = await import("./start/start.ts");
const { explainSetting } = await import("../../shared/start/settings.ts");
await start().catch(explainSetting);
