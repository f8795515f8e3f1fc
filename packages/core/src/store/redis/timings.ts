/** How long the newest runs of each workflow took: each partition keeps those of its own runs. */
import type { Json } from "../../protocol/json.ts";
import { KEPT_TIMINGS, type Store } from "../store.ts";
import type { Context } from "./context.ts";
import { cut } from "./replies.ts";

export function createTimings({ server, partitions }: Context): Pick<Store, "readTimings"> {
  return {
    async readTimings(workflow) {
      await server.opened();
      const lists = await Promise.all(
        partitions.all.map((partition) =>
          server.read((connection) => connection.lrange(`${partition}:timings:${workflow}`, 0, -1)),
        ),
      );
      return lists
        .flat()
        .map(cut)
        .toSorted(([left], [right]) => Number(right) - Number(left))
        .slice(0, KEPT_TIMINGS)
        .map(([, text]) => JSON.parse(text) as Json);
    },
  };
}
