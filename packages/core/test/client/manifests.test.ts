import { createStoreClient } from "@alder/core/client";
import { createMemoryStore } from "@alder/core/testing";
import type { WorkflowManifest } from "@alder/core/protocol";
import { expect, test } from "vitest";
import { overlay } from "./hand-worker.ts";

function manifest(name: string): WorkflowManifest {
  return { name, queue: name, input: null, output: null, signals: {}, streams: {}, build: "1" };
}

test("starts that follow on one another read the manifests once, and one that is new is found at once", async () => {
  const inner = createMemoryStore();
  let reads = 0;
  const store = overlay(inner, {
    listManifests: () => {
      reads += 1;
      return inner.listManifests();
    },
  });
  const client = createStoreClient(store);
  await inner.publishManifests([manifest("old")]);
  for (let start = 0; start < 5; start++) await client.start("old", {});
  expect(reads).toBe(1);
  await inner.publishManifests([manifest("new")]);
  await client.start("new", {});
  expect((await client.workflows()).map(({ name }) => name)).toEqual(["new", "old"]);
  await expect(client.workflow("none")).rejects.toMatchObject({ code: "unknown_workflow" });
});
