/** Says that it is there; when told to, opens one new store after another, makes a run in each and tells its id. */
import { once } from "node:events";
import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";

const [folder, count] = [process.argv[2]!, Number(process.argv[3])];
console.log("ready");
await once(process.stdin, "data");
for (let index = 0; index < count; index++) {
  const store = createSqliteStore({ path: join(folder, `${index}.db`) });
  const result = await store.createRun({ workflow: "article", queue: "default", input: {} });
  if (result.outcome === "created") console.log(result.run.runId);
  await store.close();
}
process.exit();
