// API and worker in one process, each with connections of its own: `application.ts <file or URL> <port>`. Prints its url
// once it serves.
import { createWorker } from "@alder/core/worker";
import { serve } from "@alder/server";
import { openStoreAt } from "../../../core/test/store/open-store-at.ts";
import { Sections } from "./sections.tsx";

const [address, port] = process.argv.slice(2);
const server = await serve({ store: openStoreAt(address!), port: Number(port) });
await createWorker({ store: openStoreAt(address!), workflows: [Sections], leaseMs: 500 }).start();
console.log(server.url);
