import type { WorkflowManifest } from "../protocol/manifest.ts";
import type { Store } from "../store/store.ts";
import { askStore } from "./ask-store.ts";

export interface Manifests {
  /** As they are now, by name. */
  readonly all: () => Promise<readonly WorkflowManifest[]>;
  /** As it was a second ago at the most; one that is not known yet is looked up. */
  readonly find: (name: string) => Promise<WorkflowManifest | undefined>;
}

/** Manifests change when code is deployed, and every start and signal needs one. */
const FRESH_MS = 1000;

export function createManifests(store: Store): Manifests {
  let known: readonly WorkflowManifest[] = [];
  let readAt = -Infinity;

  async function all(): Promise<readonly WorkflowManifest[]> {
    const askedAt = performance.now();
    const manifests = await askStore(() => store.listManifests());
    known = manifests.toSorted((left, right) => (left.name < right.name ? -1 : 1));
    readAt = askedAt;
    return known;
  }

  return {
    all,
    async find(name) {
      const byName = (manifest: WorkflowManifest): boolean => manifest.name === name;
      const isFresh = performance.now() - readAt < FRESH_MS;
      return (isFresh ? known.find(byName) : undefined) ?? (await all()).find(byName);
    },
  };
}
