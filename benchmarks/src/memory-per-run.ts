/** Bytes of heap a live waiting run holds, and what is left of it once it is parked: of thousands, after collections. */
import { component, use, workflow } from "@alder/core";
import { startInstantly } from "./engine/alder.ts";

const RUNS = 3000;

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);
const Never = component("Never", () => new Promise<null>(() => {}));

const Waiting = workflow("waiting", (_size: { n: number }) => use(Never.run()));
const WaitingAfterTen = workflow("waiting-after-ten", (_size: { n: number }) => {
  let v = 0;
  for (let index = 0; index < 10; index++) v = use(Inc.run({ v }));
  return use(Never.run());
});
const WaitingInAwait = workflow("waiting-in-await", async (_size: { n: number }) => {
  let v = 0;
  for (let index = 0; index < 10; index++) v = await Inc.run({ v });
  return await Never.run();
});

export async function benchMemory(): Promise<void> {
  console.log(`bytes of heap per live waiting run, of ${RUNS}, and after they were parked:`);
  for (const [title, program] of [
    ["1 waiting step", Waiting],
    ["10 done, 1 waiting", WaitingAfterTen],
    ["the same in an async body", WaitingInAwait],
  ] as const) {
    // The first time is for what is made once.
    await hold(program, 100);
    const { live, parked } = await hold(program, RUNS);
    console.log(
      `  ${title.padEnd(26)} live ${String(live).padStart(6)}   parked ${String(parked).padStart(6)}`,
    );
  }
}

async function hold(program: unknown, count: number): Promise<{ live: number; parked: number }> {
  const before = await heap();
  const listener = { onEnd() {}, onIdle() {}, onBlocked() {}, onDrained() {} };
  const held = Array.from({ length: count }, () => startInstantly(program, { n: 0 }, noJournal(), listener));
  await settle();
  const live = await heap();
  for (const run of held) run.stop();
  held.length = 0;
  await settle();
  const parked = await heap();
  return { live: Math.round((live - before) / count), parked: Math.round((parked - before) / count) };
}

/** What was written is in the store and not on the worker. */
function noJournal(): [] {
  return Object.assign([] as [], { push: () => 0 });
}

/** Turns enough for all of them to wait, and for React to have done what it does when it is idle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function heap(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("start Node with --expose-gc");
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}
