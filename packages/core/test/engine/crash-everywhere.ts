/** Lives a workflow undisturbed, and again with a crash at each of its writes, the write kept and lost. */
import { expectRecovery } from "@alder/core/testing";
import { expect } from "vitest";
import type { Json } from "@alder/core";
import type { AnyWorkflow } from "./harness.ts";

/** Its output, which is the same whatever happens. Timers fire as soon as nothing else moves. */
export async function sameAfterAnyCrash(workflow: AnyWorkflow): Promise<Json> {
  const { output, crashes } = await expectRecovery(workflow as never, {});
  expect(output, "it completes").toBeDefined();
  expect(crashes).toBeGreaterThan(0);
  return output as Json;
}
