/** Opens the store, makes a run and tells its id. */
import { createSqliteStore } from "@alder/core/sqlite";

const store = createSqliteStore({ path: process.argv[2]! });
const result = await store.createRun({ workflow: "article", queue: "default", input: {} });
if (result.outcome === "created") console.log(result.run.runId);
await store.close();
