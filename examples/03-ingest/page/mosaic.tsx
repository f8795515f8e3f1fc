import type { DocumentState, DocumentView } from "./ingest-view.ts";
import { toShortPath } from "./ingest-view.ts";

/** Each document a tile, in the order of their names: what was read, what is being read, what is still to come. */
export function Mosaic({ documents }: { documents: readonly DocumentView[] }) {
  if (documents.length === 0) return null;
  const count = (...states: DocumentState[]) =>
    documents.filter(({ state }) => states.includes(state)).length;
  const legend = [
    ["read", count("read")],
    ["elsewhere", count("elsewhere")],
    ["known", count("known")],
    ["reading", count("reading")],
    ["retrying", count("retrying")],
    ["waiting", count("waiting", "to-come")],
    ["failed", count("failed")],
  ] as const;
  return (
    <section className="mosaic" aria-label="Documents">
      <div className="tiles" aria-hidden="true">
        {documents.map(({ path, state }) => (
          <i key={path} className={`is-${state}`} title={toShortPath(path)} />
        ))}
      </div>
      <ul className="legend">
        {legend
          .filter(([, many]) => many > 0)
          .map(([state, many]) => (
            <li key={state} className={`is-${state}`}>
              {many} {words[state]}
            </li>
          ))}
      </ul>
    </section>
  );
}

const words = {
  read: "read",
  elsewhere: "read by provider B",
  known: "known already",
  reading: "being read",
  retrying: "tried again",
  waiting: "to come",
  failed: "failed",
};
