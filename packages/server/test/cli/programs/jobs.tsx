/** @jsxImportSource @alder/core */
/** Workflows whose steps tell a ledger outside, the file ALDER_LEDGER, each time that they are executed. */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { all, component, use, waitFor, workflow } from "@alder/core";
import { z } from "zod";

const Work = component("Work", async ({ of, pauseMs }: { of: string; pauseMs: number }, step) => {
  const ledger = process.env["ALDER_LEDGER"];
  if (ledger !== undefined) appendFileSync(ledger, `${Date.now()} ${step.idempotencyKey}\n`);
  await pause(pauseMs);
  return `${of}!`;
});

/** One step after the other. */
export const Slow = workflow(
  "slow",
  { input: z.object({ steps: z.number(), pauseMs: z.number() }) },
  async ({ steps, pauseMs }) => {
    for (let index = 0; index < steps; index++) await Work.run({ of: `step ${index}`, pauseMs });
    return steps;
  },
);

export const Job = workflow("job", ({ name, pauseMs }: { name: string; pauseMs: number }) => {
  const of = (side: string) => Work.run({ of: `${name} ${side}`, pauseMs });
  const [left, right] = use(all([of("left"), of("right")]));
  return use(Work.run({ of: `${left} ${right}`, pauseMs }));
});

const Speak = component("Speak", async function* ({ words, pauseMs }: { words: number; pauseMs: number }) {
  for (let index = 0; index < words; index++) {
    yield `${index} `;
    await pause(pauseMs);
  }
});

/** Text, a little at a time. */
export const Tell = workflow("tell", ({ words, pauseMs }: { words: number; pauseMs: number }) => (
  <Speak words={words} pauseMs={pauseMs} />
));

export const Waits = workflow("waits", { input: z.object({}), signals: { go: z.null() } }, async () => {
  await waitFor("go");
  return process.env["NODE_ENV"] ?? null;
});

const Refuse = component("Refuse", async (): Promise<null> => {
  throw new RangeError("no luck");
});
export const Bad = workflow("bad", async () => await Refuse.run({}));

const Die = component("Die", async (): Promise<null> => process.exit(7));
/** Ends every process that executes it. */
export const Deadly = workflow("deadly", async () => await Die.run({}));
