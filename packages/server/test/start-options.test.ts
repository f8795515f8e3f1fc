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

  test("tags, metadata and a priority", async () => {
    const metadata = { order: 7, city: "Köln" };
    const view = await started({
      "alder-tags": `import, ${encodeURIComponent("a,b")},${encodeURIComponent("grün")}, import`,
      "alder-metadata": JSON.stringify(metadata).replace("ö", String.raw`\u00f6`),
      "alder-priority": "-5",
    });
    expect(view).toMatchObject({ tags: ["import", "a,b", "grün"], metadata, priority: -5 });
    const { runs } = await (await api.request("/runs")).json();
    expect(runs).toMatchObject([{ runId: view.runId, tags: ["import", "a,b", "grün"], priority: -5 }]);
    expect(await started({})).toMatchObject({ tags: [], metadata: {}, priority: 0 });
  });

  test("much metadata, as much as a run may have", async () => {
    const metadata = { note: "x".repeat(16 * 1024 - 11) };
    expect(await started({ "alder-metadata": JSON.stringify(metadata) })).toMatchObject({ metadata });
    const more = { note: `${metadata.note}x` };
    const problem = await problemOf(start({ "alder-metadata": JSON.stringify(more) }));
    expect(problem).toMatchObject({ status: 422, code: "bad_start", option: "metadata" });
    expect(problem.detail).toContain("16384 bytes");
  });

  test("runs are listed by tenant and by tag", async () => {
    const acme = { "alder-tenant": "acme" };
    const first = await started({ ...acme, "alder-tags": "import" });
    const second = await started(acme);
    const other = await started({ "alder-tags": "import" });
    const list = async (query: string): Promise<readonly string[]> => {
      const { runs } = await (await api.request(`/runs?${query}`)).json();
      return runs.map(({ runId }: { runId: string }) => runId);
    };
    expect(await list("tenant=acme")).toEqual([second.runId, first.runId]);
    expect(await list("tag=import")).toEqual([other.runId, first.runId]);
    expect(await list("tag=import&tenant=acme&workflow=article&status=queued")).toEqual([first.runId]);
    expect(await list("tenant=nobody")).toEqual([]);
  });

  test("the highest priority is taken first", async () => {
    const low = await started({ "alder-priority": "-1" });
    const high = await started({ "alder-priority": "+1" });
    expect((await api.worker.take()).runId).toBe(high.runId);
    expect((await api.worker.take()).runId).toBe(low.runId);
  });

  test.each([
    ["tenant", ""],
    ["tenant", "x".repeat(101)],
    ["tenant", "%00"],
    ["priority", "101"],
    ["priority", "-101"],
    ["tags", "x".repeat(101)],
    ["tags", "a,%0A"],
    ["tags", Array.from({ length: 21 }, (_, index) => index).join(",")],
    ["metadata", "[]"],
    ["metadata", "null"],
    ["metadata", `"text"`],
  ])("a %s that it cannot have: 422, and no run (%#)", async (option, value) => {
    const problem = await problemOf(start({ [`alder-${option}`]: value }));
    expect(problem).toMatchObject({ status: 422, code: "bad_start", option });
    expect((await (await api.request("/runs")).json()).runs).toEqual([]);
  });

  test.each([
    ["Alder-Tenant", "100%", "%25"],
    ["Alder-Tags", "fine,100%", "%25"],
    ["Alder-Priority", "high", "whole number"],
    ["Alder-Priority", "1.5", "whole number"],
    ["Alder-Metadata", "{", "JSON"],
  ])("%s that cannot be read (%s): 400, which says how it is written", async (header, value, hint) => {
    const problem = await problemOf(start({ [header]: value }));
    expect(problem).toMatchObject({ status: 400, code: "bad_header", header });
    expect(problem.detail).toContain(hint);
  });
});
