/** Workers, and what they published. */
import type { WorkflowManifest } from "../../protocol/manifest.ts";
import type { LiveWorker, WorkerInfo } from "../store.ts";
import type { Tables } from "../tables.ts";
import type { Prepare } from "./statements.ts";

export type WorkerTables = Pick<
  Tables,
  | "putManifest"
  | "listManifests"
  | "putWorker"
  | "deleteWorker"
  | "deleteExpiredWorkers"
  | "listWorkers"
  | "touch"
>;

export function createWorkerTables(prepare: Prepare): WorkerTables {
  return {
    putManifest(manifest) {
      prepare(
        `INSERT INTO manifests (name, manifest) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET manifest = excluded.manifest`,
      ).run(manifest.name, JSON.stringify(manifest));
    },
    listManifests: () =>
      prepare("SELECT manifest FROM manifests ORDER BY name")
        .all()
        .map(({ manifest }) => JSON.parse(manifest as string) as WorkflowManifest),
    putWorker({ expiresAt, seenAt, ...info }) {
      prepare(
        `INSERT INTO workers (id, info, seen_at, expires_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE
         SET info = excluded.info, seen_at = excluded.seen_at, expires_at = excluded.expires_at`,
      ).run(info.id, JSON.stringify(info), seenAt, expiresAt);
    },
    deleteWorker: (id) => prepare("DELETE FROM workers WHERE id = ?").run(id),
    deleteExpiredWorkers: (now) => prepare("DELETE FROM workers WHERE expires_at <= ?").run(now),
    listWorkers: (now) =>
      prepare("SELECT info, seen_at FROM workers WHERE expires_at > ? ORDER BY id")
        .all(now)
        .map(({ info, seen_at: seenAt }): LiveWorker => {
          return { ...(JSON.parse(info as string) as WorkerInfo), seenAt: seenAt as number };
        }),
    touch: () => prepare("UPDATE counters SET count = count + 1 WHERE name = 'touched'").run(),
  };
}
