/**
 * A worker for `long-workflows`. `until-gate` starts the run and executes it up to its last step, which hangs; `to-end`
 * takes the run over and ends it. Says what processor time it took, in µs.
 */
import { component, Parallel, render, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { createSqliteStore } from "@alder/core/sqlite";
import { createWorker } from "@alder/core/worker";
import { createElement } from "react";

const [mode, path = "", program = "", steps] = process.argv.slice(2);

interface Size {
  n: number;
}

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);
const Gate = component("Gate", async () => {
  if (mode === "to-end") return;
  say();
  await new Promise(() => {});
});
const awaited = workflow("awaited", async ({ n }: Size) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = await Inc.run({ v });
  await Gate.run();
  return v;
});
const elements = ({ n }: Size) =>
  Array.from({ length: n }, (_, v) => createElement(Inc as never, { key: v, v }));
const parallel = workflow("parallel", async (size: Size) => {
  const values = (await render(createElement(Parallel, null, elements(size)))) as number[];
  await Gate.run();
  return values.length;
});

const store = createSqliteStore({ path });
const client = createStoreClient(store);
const worker = createWorker({ store, workflows: [awaited, parallel], dev: false });
const before = process.cpuUsage();
await worker.start();
if (mode === "until-gate") await client.start(program, { n: Number(steps) });
if (mode === "to-end") {
  const [run] = (await client.list({ limit: 1 })).runs;
  const view = await client.waitForEnd(run?.runId ?? "");
  if (view.output !== Number(steps)) throw new Error(`the run has ended otherwise: ${view.status}`);
  say();
}

function say(): void {
  const { user, system } = process.cpuUsage(before);
  process.send?.(user + system);
}
