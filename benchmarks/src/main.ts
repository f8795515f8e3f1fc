/** `npm run bench`: each prints a ratio against a floor measured in the same run. */
process.env["NODE_ENV"] = "production"; // before React is loaded
const { benchStoreAppend } = await import("./store-append.ts");
await benchStoreAppend();
const { benchDurableStep } = await import("./durable-step.ts");
await benchDurableStep();
const { benchEngine } = await import("./engine.ts");
await benchEngine();
