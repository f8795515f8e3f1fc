/** How late a piece of a stream reaches its reader while many runs stream, each to a reader of its own. */
import { setTimeout as pause } from "node:timers/promises";
import type { Heard } from "./processes/readers.ts";
import { quantile } from "./quantile.ts";
import type { Sizes } from "./sizes.ts";
import { openScene } from "./streaming-runs.ts";

export async function benchStreaming(url: string, { streams, seconds, everyMs }: Sizes): Promise<void> {
  const scene = await openScene({ url, runs: streams, ticks: { count: 1_000_000, everyMs } });
  await scene.readers.ask("follow", scene.urls);
  // What was written before they followed came late, and says nothing.
  await pause(2 * everyMs);
  await scene.readers.ask("heard");
  await pause(seconds * 1000);
  const { pieces, lateMs } = await scene.readers.ask<Heard>("heard");
  await scene.stop();
  console.log(
    `stream: from the yield to a reader over HTTP, ${streams} runs, a piece every ${everyMs} ms each:`,
  );
  console.log(
    `  ${(pieces / seconds).toFixed(0)} pieces per second   p50 ${quantile(lateMs, 0.5).toFixed(1)} ms   p99 ${quantile(lateMs, 0.99).toFixed(1)} ms`,
  );
}
