/** Takes the run that is ready in the store at argv[2], streams argv[3] chunks in small appends, and completes it. */
import { createHandWorker, writing } from "../../../core/test/client/hand-worker.ts";
import { openStoreAt } from "../../../core/test/store/open-store-at.ts";

const [address, chunks] = process.argv.slice(2);
const store = openStoreAt(address!);
const run = await createHandWorker(store).take();
const events = writing(
  "s1",
  Array.from({ length: Number(chunks) }, (_, index) => `${index} `),
);
for (let at = 0; at < events.length; at += 3) {
  await run.say(...events.slice(at, at + 3));
  // Time for the reader's process to see a part of it.
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await run.complete("written elsewhere");
await store.close();
