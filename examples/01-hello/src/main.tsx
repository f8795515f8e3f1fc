/** @jsxRuntime automatic */
/** @jsxImportSource @alder/core */
import { setTimeout as wait } from "node:timers/promises";
import { component, Sequence, workflow } from "@alder/core";
import { runWorkflow } from "@alder/core/worker";

const Greet = component("Greet", async ({ name }: { name: string }) => {
  await wait(2000);
  console.log(`Hello, ${name}!`);
});
const greet = (name: string) => <Greet key={name} name={name} />;
const Hello = workflow("hello", ({ names }: { names: string[] }) => <Sequence>{names.map(greet)}</Sequence>);

await runWorkflow(Hello, { names: ["Ada", "Grace", "Barbara"] });
