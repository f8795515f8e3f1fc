import { AlderError } from "@alder/core/protocol";
import type { Hono } from "hono";
import { flagQuery } from "../requests/query.ts";
import type { Services } from "../services.ts";

export function addCacheRoute(app: Hono, { client }: Services): void {
  /** All of it goes only for who says so: a parameter that was mistyped would look the same. */
  app.delete("/cache", async (context) => {
    const component = context.req.query("component");
    const tenant = context.req.query("tenant");
    const isAll = flagQuery(context.req, "all");
    if (component === "" || isAll === (component !== undefined || tenant !== undefined)) {
      throw new AlderError(
        "bad_query",
        "DELETE /cache takes ?component= with the name of a component, ?tenant=, or both; or ?all=1 alone, which deletes everything.",
        { details: { parameter: "component" } },
      );
    }
    const cleared = await client.clearCache({
      ...(component === undefined ? {} : { component }),
      ...(tenant === undefined ? {} : { tenant }),
    });
    return context.json({ cleared });
  });
}
