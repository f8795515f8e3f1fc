import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, transports, type Api } from "./harness.ts";

describe.each(transports)("DELETE /cache %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
    for (const [key, component, tenant] of [
      ["1", "Draft", "acme"],
      ["2", "Draft", ""],
      ["3", "Plan", "acme"],
      ["4", "Plan", null],
    ] as const) {
      const address = { key, component, tenant, holder: "h" };
      await api.store.readOrLead({ ...address, worker: "w", leaseMs: 60_000 });
      await api.store.fillCache({ ...address, value: key, ttlMs: 60_000 });
    }
  });
  afterEach(() => api.close());

  test.each([
    ["component=Draft", 2],
    ["tenant=acme", 2],
    ["tenant=", 1],
    ["component=Plan&tenant=acme", 1],
    ["component=Other", 0],
    ["all=1", 4],
  ])("?%s deletes what it names", async (query, cleared) => {
    const ask = async (): Promise<unknown> =>
      (await api.request(`/cache?${query}`, { method: "DELETE" })).json();
    expect(await ask()).toEqual({ cleared });
    expect(await ask()).toEqual({ cleared: 0 });
    const rest = await api.request("/cache?all=true", { method: "DELETE" });
    expect(await rest.json()).toEqual({ cleared: 4 - cleared });
  });

  test.each(["", "?component=", "?all=0", "?all=maybe", "?all=1&tenant=acme", "?tenants=acme"])(
    "%s is refused, and deletes nothing",
    async (query) => {
      const response = await api.request(`/cache${query}`, { method: "DELETE" });
      expect([response.status, await response.json()]).toMatchObject([400, { code: "bad_query" }]);
      const rest = await api.request("/cache?all=1", { method: "DELETE" });
      expect(await rest.json()).toEqual({ cleared: 4 });
    },
  );

  test("pages of other origins may not", async () => {
    const headers = { origin: "https://elsewhere.example" };
    const response = await api.request("/cache?all=1", { method: "DELETE", headers });
    expect(await response.json()).toMatchObject({ status: 403, code: "bad_origin" });
  });

  test("it is not to be read", async () => {
    const response = await api.request("/cache?all=1");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "DELETE"]);
  });
});
