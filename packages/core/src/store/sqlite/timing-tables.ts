/** How long the newest runs of each workflow took. */
import type { Json } from "../../protocol/json.ts";
import { KEPT_TIMINGS } from "../store.ts";
import type { Tables } from "../tables.ts";
import type { Prepare } from "./statements.ts";

export function createTimingTables(prepare: Prepare): Pick<Tables, "insertTimings" | "readTimings"> {
  return {
    insertTimings(workflow, timings) {
      const newest = prepare("SELECT max(position) AS position FROM timings WHERE workflow = ?").get(
        workflow,
      );
      const position = ((newest?.["position"] as number | null | undefined) ?? 0) + 1;
      prepare("INSERT INTO timings (workflow, position, timings) VALUES (?, ?, ?)").run(
        workflow,
        position,
        JSON.stringify(timings),
      );
      prepare("DELETE FROM timings WHERE workflow = ? AND position <= ?").run(
        workflow,
        position - KEPT_TIMINGS,
      );
    },
    readTimings: (workflow) =>
      prepare("SELECT timings FROM timings WHERE workflow = ? ORDER BY position DESC")
        .all(workflow)
        .map(({ timings }) => JSON.parse(timings as string) as Json),
  };
}
