/** @jsxImportSource @alder/core */
import { all, component, Fallback, Sequence, Status, use, workflow, type Step } from "@alder/core";
import { findDocuments, readDocument } from "./documents.ts";
import { ask, providerA, providerB, type Provider } from "./model.ts";
import { toMergePrompt, toProfilePrompt, toSummaryPrompt } from "./prompts.ts";
import * as schemas from "./schemas.ts";

// What a provider refuses says when to come again, and all workers wait for that; what it gets wrong, it gets right later.
const patiently = { attempts: 4, backoff: "exponential", initial: "500ms" } as const;

const FindDocuments = component(
  "FindDocuments",
  async ({ folder }: { folder?: string | undefined }, step) => {
    step.status("Looking for documents");
    return await findDocuments(folder, step.signal);
  },
);

// Hundreds at once: each waits its turn at the cheap provider, and goes to the other while that is down. What was summarised
// for this customer today is known.
const summariseWith =
  (provider: Provider) =>
  async ({ folder, path }: DocumentProps, step: Step) => {
    const text = await ask(provider, toSummaryPrompt(path, await readDocument(folder, path)), step);
    return { from: path, to: path, documents: 1, text };
  };
const SummariseWithB = component("SummariseWithB", summariseWith(providerB))
  .retry(patiently)
  .limit(providerB.limit);
const Summarise = component("Summarise", summariseWith(providerA))
  .retry(patiently)
  .limit(providerA.limit)
  .cache("1d")
  .fallback(SummariseWithB);

// The other way round: what is said of many is worth the better one.
const mergeWith =
  (provider: Provider) =>
  async ({ notes }: { notes: schemas.Note[] }, step: Step) =>
    toNote(notes, await ask(provider, toMergePrompt(notes), step));
const MergeWithA = component("MergeWithA", mergeWith(providerA)).retry(patiently).limit(providerA.limit);
const Merge = component("Merge", mergeWith(providerB))
  .retry(patiently)
  .limit(providerB.limit)
  .fallback(MergeWithA);

const writeWith =
  (provider: Provider) =>
  async ({ customer, notes }: ProfileProps, step: Step) => {
    const { documents } = toNote(notes, "");
    return { customer, documents, text: await ask(provider, toProfilePrompt(customer, notes), step) };
  };
const WriteProfileWithA = component("WriteProfileWithA", writeWith(providerA))
  .retry(patiently)
  .limit(providerA.limit);
const WriteProfile = component("WriteProfile", writeWith(providerB)).retry(patiently).limit(providerB.limit);

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
        <Fallback>
          <WriteProfile customer={customer} notes={all(notes)} />
          <WriteProfileWithA customer={customer} notes={all(notes)} />
        </Fallback>
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
