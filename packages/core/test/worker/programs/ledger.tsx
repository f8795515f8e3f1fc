/** @jsxImportSource @alder/core */
/**
 * A worker that is killed: a workflow of more than 50 steps in every shape, whose steps append to a ledger outside.
 *
 * Arguments: path or URL of the store, ledger file. Prints `ready` once it claims.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { all, Catch, component, Parallel, Sequence, sleep, Status, use, workflow } from "@alder/core";
import { createWorker } from "@alder/core/worker";
import { openStoreAt } from "../../store/open-store-at.ts";

const [address = "", ledgerFile = ""] = process.argv.slice(2);

const Work = component("Work", async ({ of }: { of: string | number }, step) => {
  appendFileSync(ledgerFile, `${step.idempotencyKey} Work ${of}\n`);
  await pause(5 + ((String(of).length * 7) % 20));
  return `${of}!`;
});

const Words = component("Words", async function* ({ of }: { of: string }, step) {
  appendFileSync(ledgerFile, `${step.idempotencyKey} Words ${of}\n`);
  for (const word of ["alders ", "grow ", "beside ", "streams "]) {
    await pause(4);
    yield word;
  }
});

const Flaky = component("Flaky", async ({ of }: { of: number }, step) => {
  appendFileSync(ledgerFile, `${step.idempotencyKey} Flaky ${of}\n`);
  await pause(3);
  if (step.attempt < 3) throw new Error(`attempt ${step.attempt}`);
  return of;
}).retry({ attempts: 3, initial: 1, jitter: false });

const Fails = component("Fails", async ({ of }: { of: string }, step): Promise<string> => {
  appendFileSync(ledgerFile, `${step.idempotencyKey} Fails ${of}\n`);
  throw new Error(`no ${of}`);
});

const Nested = component("Nested", async ({ of }: { of: string }, step) => {
  appendFileSync(ledgerFile, `${step.idempotencyKey} Nested ${of}\n`);
  const first = await Work.run({ of: `${of}1` });
  return [first, await Work.run({ of: `${of}2` })].join();
});

const Part = workflow("part", ({ of }: { of: string }) => {
  const [left, right] = use(all([Work.run({ of: `${of}a` }), Work.run({ of: `${of}b` })]));
  return (
    <Sequence>
      <Work of={left}>{(value) => <Work of={value} />}</Work>
      <Parallel limit={2}>
        <Work of={right} />
        <Words of={right} />
        <Flaky of={of.length} />
      </Parallel>
    </Sequence>
  );
});

const Loop = workflow("loop", async ({ of }: { of: string }) => {
  const seen: string[] = [];
  for (let round = 0; round < 6; round++) {
    try {
      seen.push(await Work.run({ of: `${of}${round}${seen.length}` }));
      if (round % 3 === 1) await Fails.run({ of: `${round}` });
    } catch (error) {
      seen.push((error as Error).message);
    }
  }
  await sleep(10);
  const pair = await Promise.all([Nested.run({ of: "n" }), Part.run({ of: "deep" })]);
  return [...seen, pair];
});

const Ledger = workflow("ledger", ({ length }: { length: number }) => {
  let value = use(Work.run({ of: "start" }));
  for (let index = 0; index < length; index++) value = use(Work.run({ of: `${value.length}-${index}` }));
  const parts = use(all([Part.run({ of: "x" }), Part.run({ of: "y" }), Loop.run({ of: "z" })]));
  return (
    <Sequence>
      <Status>{length} steps are done</Status>
      <Catch fallback={(error) => <Work of={error.message} />}>
        <Fails of="the last" />
      </Catch>
      <Parallel>
        {["a", "b", "c"].map((of) => (
          <Work key={of} of={`${of}${parts.length}`} />
        ))}
        <Work of={JSON.stringify(parts).length} />
      </Parallel>
    </Sequence>
  );
});

const store = openStoreAt(address);
const worker = createWorker({ store, workflows: [Ledger, Part, Loop], leaseMs: 500, heartbeatMs: 100 });
process.on("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
await worker.start();
console.log("ready");
