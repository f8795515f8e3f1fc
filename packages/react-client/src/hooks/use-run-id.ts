import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { createLocalCell, storageCell, urlCell, type RunIdCell, type StorageLike } from "./run-id-cell.ts";

/**
 * Where the id of the run outlives the page: `"url"`, in the search parameter `run`; `{ url: "summary" }`, in one of
 * another name, which a second hook on the page needs for a run of its own; `"session"` and `"local"`, in the browser's
 * storages, under the workflow's name; or in a storage of your own.
 */
export type Persist = "url" | { readonly url: string } | "session" | "local" | StorageLike;

export interface RunIdOptions {
  readonly workflow: string;
  readonly persist: Persist | undefined;
  /** Goes before what is kept, until another run takes its place. */
  readonly given: string | undefined;
}

export interface RunIdState {
  readonly runId: string | null;
  readonly set: RunIdCell["set"];
  readonly claim: RunIdCell["claim"];
}

/** The id of the hook's run, and the ways to replace it. Null while the server renders what is kept in the browser. */
export function useRunId({ workflow, persist, given }: RunIdOptions): RunIdState {
  const [local] = useState(createLocalCell);
  // An object written anew in each render names the same place.
  const parameter = typeof persist === "object" && "url" in persist ? persist.url : undefined;
  const place = parameter === undefined ? persist : "url";
  const cell = useMemo(() => {
    const isServer = typeof window === "undefined";
    if (place === undefined || isServer) return local;
    return toCell(place as Exclude<Persist, { url: string }>, parameter ?? "run", workflow) ?? local;
  }, [place, parameter, workflow, local]);
  const kept = useSyncExternalStore(cell.subscribe, cell.get, getNull);

  const [replaced, setReplaced] = useState<string | undefined>(undefined);
  const set = useCallback(
    (runId: string | null) => {
      setReplaced(given);
      cell.set(runId);
    },
    [cell, given],
  );
  const isGiven = given !== undefined && given !== replaced;
  return { runId: isGiven ? given : kept, set, claim: cell.claim };
}

function toCell(
  place: Exclude<Persist, { readonly url: string }>,
  parameter: string,
  workflow: string,
): RunIdCell | undefined {
  if (place === "url") return urlCell(parameter);
  const storage = typeof place === "object" ? place : browserStorage(place);
  return storage && storageCell(storage, `alder:${workflow}`);
}

/** Undefined where the browser forbids it. */
function browserStorage(name: "session" | "local"): StorageLike | undefined {
  try {
    return name === "session" ? sessionStorage : localStorage;
  } catch {
    return undefined;
  }
}

const getNull = (): null => null;
