// What a client knows of workflows by their types alone, and what it refuses.
import { createClient } from "@alder/react-client";
import { same } from "../../../core/test/types/same.ts";
import type { Article, list, Nightly, workflows } from "./workflows.ts";

const byModule = createClient<typeof workflows>({ url: "/" });
const byList = createClient<typeof list>();
const byName = createClient<{ readonly tonight: typeof Nightly }>();

export async function main(): Promise<void> {
  const run = await byModule.start("article", { topic: "x" });
  same<Awaited<ReturnType<typeof run.result>>, { at: string; text: string }>(true);
  await run.signal("approve", { ok: true });
  // @ts-expect-error a wrong payload
  await run.signal("approve", { ok: "yes" });
  // @ts-expect-error no such signal
  await run.signal("stop", null);

  same<ReturnType<typeof run.accept>, Promise<void>>(true);
  same<ReturnType<typeof run.retry>, Promise<void>>(true);
  // @ts-expect-error it takes nothing
  await run.retry("again");

  await byList.start("combine", { names: [] });
  await byName.start("nightly");
  // @ts-expect-error it is started by its own name
  await byName.start("tonight");
  // @ts-expect-error no such workflow
  await byModule.start("artcle", { topic: "x" });
  // @ts-expect-error a wrong input
  await byModule.start("article", { topc: "x" });
  // @ts-expect-error no input
  await byList.start("article");

  const earlier = byModule.run<typeof Article>("id", { throttleMs: 0 });
  same<Awaited<ReturnType<typeof earlier.result>>, { at: string; text: string }>(true);

  // Without types a name is any, and nothing is known of what comes.
  const untyped = await createClient().start("anything", { at: 1 });
  same<Awaited<ReturnType<typeof untyped.result>>, unknown>(true);
}
