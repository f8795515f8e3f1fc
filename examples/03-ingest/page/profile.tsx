import { Prose } from "../../shared/page/prose.tsx";
import type { Profile as ProfileData } from "../src/schemas.ts";
import { type IngestView, toShortPath } from "./ingest-view.ts";

interface ProfileProps {
  readonly view: IngestView;
  readonly output: ProfileData | undefined;
  /** More of it will come. */
  readonly isGrowing: boolean;
}

/** What is known of the customer: part by part while it grows, then as it was written from all of them. */
export function Profile({ view, output, isGrowing }: ProfileProps) {
  const covered = view.notes.reduce((sum, { documents }) => sum + documents, 0);
  return (
    <article className="profile" aria-label="Profile">
      {output ? (
        <>
          <h2>The profile</h2>
          <Prose>{output.text}</Prose>
          <h2 className="of-parts">What it was made of</h2>
        </>
      ) : (
        <>
          <h2>What is known so far</h2>
          <p className="lead">{toLead(covered, view.documents.length, isGrowing)}</p>
        </>
      )}
      {view.notes.map(({ from, to, documents, text }) => (
        <section key={`${from} ${to}`} className="part">
          <h3>
            {toShortPath(from)} <span>to</span> {toShortPath(to)} <small>{documents} documents</small>
          </h3>
          <Prose>{toList(text)}</Prose>
        </section>
      ))}
      {isGrowing && covered < view.documents.length && (
        <div className="text-to-come" aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
      )}
    </article>
  );
}

function toLead(covered: number, documents: number, isGrowing: boolean): string {
  if (covered > 0)
    return `From ${covered} of ${documents} documents. Parts grow together as they are merged.`;
  return isGrowing
    ? "The first part of the profile comes when a dozen documents in a row are read."
    : "It ended before the first part of the profile.";
}

/** A note of several lines says one thing in each. */
function toList(text: string): string {
  const lines = text.split("\n").filter(Boolean);
  return lines.length < 2 ? text : lines.map((line) => `- ${line}`).join("\n");
}
