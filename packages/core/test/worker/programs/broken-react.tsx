/** @jsxImportSource @alder/core */
// A worker whose workflow throws, in a plain component, what React cannot read. Argument: the file of the store.
import { component, Sequence, use, workflow } from "@alder/core";

import { createWorker } from "@alder/core/worker";
import { openStoreAt } from "../../store/open-store-at.ts";

const [file = ""] = process.argv.slice(2);

const Echo = component("Echo", async ({ v }: { v: number }) => v);
const Waits = component("Waits", () => new Promise<null>(() => {}));

function Throws(): null {
  throw {
    get then() {
      throw new Error("cannot be read");
    },
  };
}

const Breaks = workflow("Breaks", () => (
  <Sequence>
    <Echo v={1} />
    <Throws />
  </Sequence>
));
const Innocent = workflow("Innocent", () => use(Waits.run()));

const worker = createWorker({ store: openStoreAt(file), workflows: [Breaks, Innocent] });
await worker.start();
console.log("started");
