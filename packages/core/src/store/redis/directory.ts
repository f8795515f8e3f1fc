/** Workers, manifests and the store itself. */
import type { WorkflowManifest } from "../../protocol/manifest.ts";
import type { LiveWorker, Store, WorkerInfo } from "../store.ts";
import type { Context } from "./context.ts";
import { cut } from "./replies.ts";
import { listWorkersScript, nowScript, pingScript, publishManifestsScript } from "./scripts/directory.ts";

type Directory = Pick<Store, "publishManifests" | "listManifests" | "listWorkers" | "now" | "ping">;

export function createDirectory({ server, partitions }: Context): Directory {
  return {
    async publishManifests(manifests) {
      if (manifests.length === 0) return;
      const given = manifests.flatMap((manifest) => [manifest.name, JSON.stringify(manifest)]);
      await server.run(publishManifestsScript, partitions.first, given);
    },
    async listManifests() {
      const byName = await server.read((connection) => connection.hgetall(`${partitions.first}:manifests`));
      return Object.entries(byName)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([, text]) => JSON.parse(text) as WorkflowManifest);
    },
    async listWorkers() {
      const reply = (await server.run(listWorkersScript, partitions.first, [])) as string[];
      const workers: LiveWorker[] = [];
      for (let index = 1; index < reply.length; index += 2) {
        const [seenAt, text] = cut(reply[index]!);
        workers.push({ ...(JSON.parse(text) as WorkerInfo), seenAt: Number(seenAt) });
      }
      return workers.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    },
    now: async () => (await server.run(nowScript, partitions.first, [])) as number,
    async ping() {
      await server.run(pingScript, partitions.first, []);
    },
  };
}
