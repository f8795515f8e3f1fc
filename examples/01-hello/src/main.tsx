/** @jsxImportSource @alder/core */
import { setTimeout as wait } from "node:timers/promises";
import { component, Parallel, workflow } from "@alder/core";
import { runWorkflow } from "@alder/core/worker";

const Greet = component("Greet", async ({ name, seconds }: { name: string; seconds: number }) => {
  await wait(seconds * 1000);
  console.log(`Hello, ${name}!`);
  return name;
});
const Hello = workflow("hello", ({ names }: { names: string[] }) => (
  <Parallel>
    {names.map((name, index) => (
      <Greet key={name} name={name} seconds={index * 2} />
    ))}
  </Parallel>
));
console.log(await runWorkflow(Hello, { names: ["Ada", "Grace", "Barbara"] }));
