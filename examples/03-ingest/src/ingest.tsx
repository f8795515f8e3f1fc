/** @jsxImportSource @alder/core */
import { all, component, Sequence, Status, use, workflow } from "@alder/core";
import { findDocuments, readDocument } from "./documents.ts";
import { ask, providerA } from "./model.ts";
import { toMergePrompt, toProfilePrompt, toSummaryPrompt } from "./prompts.ts";
import * as schemas from "./schemas.ts";

const FindDocuments = component(
  "FindDocuments",
  async ({ folder }: { folder?: string | undefined }, step) => {
    step.status("Looking for documents");
    return await findDocuments(folder, step.signal);
  },
);

const Summarise = component("Summarise", async ({ folder, path }: DocumentProps, step) => {
  const text = await ask(providerA, toSummaryPrompt(path, await readDocument(folder, path)), step);
  return { from: path, to: path, documents: 1, text };
}).retry({ attempts: 8, backoff: "exponential" });

const Merge = component("Merge", async ({ notes }: { notes: schemas.Note[] }, step) => {
  return toNote(notes, await ask(providerA, toMergePrompt(notes), step));
}).retry({ attempts: 8, backoff: "exponential" });

const WriteProfile = component("WriteProfile", async ({ customer, notes }: ProfileProps, step) => {
  const { text, documents } = toNote(notes, await ask(providerA, toProfilePrompt(customer, notes), step));
  return { customer, documents, text };
}).retry({ attempts: 8, backoff: "exponential" });

type DocumentProps = schemas.Document & { folder?: string | undefined };
type ProfileProps = { customer: string; notes: schemas.Note[] };

/** So many texts fit into one prompt. */
const groupSize = 12;

export const Ingest = workflow(
  "ingest",
  { input: schemas.Onboarding, output: schemas.Profile, expect: "2m", budget: { cost: 2 } },
  ({ customer, folder }) => {
    const documents = use(FindDocuments.run({ folder }));
    let notes = documents.map((document) => Summarise.run({ ...document, folder }, { key: document.path }));
    // In levels, so that no prompt is too long. A call that is pending may be a prop: each level waits for the one below.
    for (let level = 1; notes.length > groupSize; level++) {
      notes = toGroups(notes).map((group, index) =>
        Merge.run({ notes: all(group) }, { key: `${level}.${index + 1}` }),
      );
    }
    return (
      <Sequence>
        <Status>Reading {documents.length} documents</Status>
        <WriteProfile customer={customer} notes={all(notes)} />
      </Sequence>
    );
  },
);

function toGroups<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / groupSize);
  return Array.from({ length: count }, (_, index) => items.slice(index * groupSize, (index + 1) * groupSize));
}

function toNote(notes: readonly schemas.Note[], text: string): schemas.Note {
  const documents = notes.reduce((sum, note) => sum + note.documents, 0);
  return { from: notes[0]?.from ?? "", to: notes.at(-1)?.to ?? "", documents, text };
}
