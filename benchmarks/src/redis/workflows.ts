import { component, workflow } from "@alder/core";
import { monotonicMs } from "./processes/monotonic.ts";

const Increment = component("Increment", async ({ value }: { value: number }) => value + 1);

/** Steps one after the other. */
const Count = workflow("count", async ({ steps }: { steps: number }) => {
  let value = 0;
  for (let step = 0; step < steps; step++) value = await Increment.run({ value });
  return value;
});

const Once = workflow("once", async ({ value }: { value: number }) => await Increment.run({ value }));

const Age = component("Age", async ({ askedAt }: { askedAt: number }) => monotonicMs() - askedAt);

/** How long its first step took to begin. */
const First = workflow("first", async ({ askedAt }: { askedAt: number }) => await Age.run({ askedAt }));

interface Ticks {
  readonly count: number;
  readonly everyMs: number;
}

const Tick = component("Tick", async function* ({ count, everyMs }: Ticks, step) {
  // Not all at the same moment.
  await pause(Math.random() * everyMs);
  for (let tick = 0; tick < count && !step.signal.aborted; tick++) {
    yield `${monotonicMs()};`;
    await pause(everyMs);
  }
});

/** Streams what time it is. */
const Stream = workflow("stream", async (ticks: Ticks) => {
  await Tick.run(ticks);
});

export const WORKFLOWS = [Count, Once, First, Stream];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
