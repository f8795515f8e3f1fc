// API and worker in one process: `application.ts <file> <port>`. Prints its url once it serves.
import { createSqliteStore } from "@alder/core/sqlite";
import { createWorker } from "@alder/core/worker";
import { serve } from "@alder/server";
import { Sections } from "./sections.tsx";

const [file, port] = process.argv.slice(2);
const store = createSqliteStore({ path: file! });
const server = await serve({ store, port: Number(port) });
await createWorker({ store, workflows: [Sections], leaseMs: 500 }).start();
console.log(server.url);
