/** `@alder/core/worker`: the compute plane. */
export { createWorker, type Worker, type WorkerOptions } from "./worker/create-worker.ts";
