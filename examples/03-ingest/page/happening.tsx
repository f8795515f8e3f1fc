import { useNow } from "../../shared/page/use-now.ts";
import type { Happening as Item } from "./ingest-view.ts";

/** What goes on at this moment, and what waits for what. */
export function Happening({ now: items }: { now: readonly Item[] }) {
  const now = useNow();
  if (items.length === 0) return null;
  return (
    <section className="happening" aria-labelledby="happening-title">
      <h2 id="happening-title">What happens now</h2>
      <ul>
        {items.map((item) => (
          <li key={`${item.kind} ${item.reason}`} className={`is-${item.kind}`}>
            <b>{item.count}</b>
            <span>
              {toTitle(item)}
              <small>{toDetail(item, now)}</small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const titles: Record<Exclude<Item["kind"], "waiting">, string> = {
  searching: "looking for documents",
  summarising: "being summarised",
  merging: "being merged",
  writing: "being written: the profile",
  retrying: "to be tried again",
};

const reasons = {
  rate: "wait for their turn",
  concurrency: "wait for a call to end",
  tokens: "wait for tokens",
  paused: "wait: the provider asked for a pause",
  cache: "wait for what another run is making",
};

function toTitle({ kind, reason }: Item): string {
  if (kind !== "waiting") return titles[kind];
  return reason === null ? "wait" : reasons[reason];
}

function toDetail({ about, until }: Item, now: number): string {
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1_000);
  return seconds > 0 ? `${about ? `${about} – ` : ""}in ${seconds} s` : about;
}
