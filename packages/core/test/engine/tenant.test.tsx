/** @jsxImportSource @alder/core */
// Every step knows for whom its run was started, in each of its lives.
import { component, workflow } from "@alder/core";
import { createTestRun, expectRecovery, expectReplay } from "@alder/core/testing";
import { expect, test } from "vitest";

const Tell = component("Tell", async ({ where }: { where: string }, step) => {
  const inline = await step.run("inline", async (inner) => inner.tenant);
  return `${where}: ${step.tenant ?? "nobody"}, ${inline ?? "nobody"}`;
});
const Nested = workflow("nested", async (_: {}, step) => `nested: ${step.tenant ?? "nobody"}`);
const Rendered = workflow("rendered", (_: {}, step) => <Tell where={step.tenant ?? "nobody"} />);
const Told = workflow("told", async (_: {}, step) => {
  const told = await Tell.run({ where: "component" });
  return [step.tenant ?? "nobody", told, await Nested.run({}), await Rendered.run({})];
});

const told = ["acme", "component: acme, acme", "nested: acme", "acme: acme, acme"];

test("a tenant is known to components, inline steps, and workflows of both kinds, nested ones too", async () => {
  const run = createTestRun(Told, {}, { tenant: "acme" });
  expect(await run.output()).toEqual(told);
  expect(run.view.tenant).toBe("acme");
  await expectReplay(run);
});

test("E2: after a crash anywhere it is the same", async () => {
  const { output, crashes } = await expectRecovery(Told, {}, { tenant: "acme" });
  expect([output, crashes > 10]).toEqual([told, true]);
});

test("a run for nobody in particular has none", async () => {
  const run = createTestRun(Told, {});
  const nobody = told.map((text) => text.replaceAll("acme", "nobody"));
  expect(await run.output()).toEqual(nobody);
  expect(run.view.tenant).toBeNull();
});

test("outside a run there is none", async () => {
  expect(await Tell.run({ where: "here" })).toBe("here: nobody, nobody");
});
