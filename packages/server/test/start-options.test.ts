import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApi, problemOf, transports, type Api } from "./harness.ts";

describe.each(transports)("what is given with a start %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(() => api.close());

  const start = (headers: Record<string, string>): Promise<Response> =>
    api.post("/workflows/article/runs", { topic: "alders" }, headers);
  const started = async (headers: Record<string, string>) => {
    const response = await start(headers);
    expect(response.status).toBe(202);
    const { runId } = await response.json();
    return await (await api.request(`/runs/${runId}`)).json();
  };

  test("a tenant, whatever its letters", async () => {
    expect(await started({})).toMatchObject({ tenant: null });
    expect((await api.worker.take()).claim.tenant).toBeNull();
    for (const tenant of ["acme", "Müller & Söhne 100%"]) {
      expect(await started({ "alder-tenant": encodeURIComponent(tenant) })).toMatchObject({ tenant });
      expect((await api.worker.take()).claim.tenant).toBe(tenant);
    }
  });

  test("idempotency keys are the tenant's own", async () => {
    const key = { "idempotency-key": "order-7" };
    const first = await started({ ...key, "alder-tenant": "acme" });
    const other = await started({ ...key, "alder-tenant": "other" });
    const again = await started({ ...key, "alder-tenant": "acme" });
    expect([again.runId, other.runId === first.runId]).toEqual([first.runId, false]);
  });

  test.each([
    ["empty", "", "bad_start"],
    ["too long", "x".repeat(101), "bad_start"],
    ["a control character", "%00", "bad_start"],
  ])("a tenant that is %s: 422, and no run", async (_name, tenant, code) => {
    const problem = await problemOf(start({ "alder-tenant": tenant }));
    expect(problem).toMatchObject({ status: 422, code, option: "tenant" });
    expect((await (await api.request("/runs")).json()).runs).toEqual([]);
  });

  test("a tenant that cannot be decoded: 400, which says how it is written", async () => {
    const problem = await problemOf(start({ "alder-tenant": "100%" }));
    expect(problem).toMatchObject({ status: 400, code: "bad_header", header: "Alder-Tenant" });
    expect(problem.detail).toContain("%25");
  });
});
