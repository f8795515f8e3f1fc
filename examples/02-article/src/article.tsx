/** @jsxImportSource @alder/core */
import {
  all,
  Catch,
  component,
  NonRetryableError,
  Output,
  Progress,
  Publish,
  Sequence,
  Status,
  use,
  WaitFor,
  workflow,
} from "@alder/core";
import { askFor, streamAnswer } from "./model.ts";
import {
  toIntroductionPrompt,
  toOutlinePrompt,
  toRevisionPrompt,
  toSectionPrompt,
  type WritingTask,
} from "./prompts.ts";
import * as schemas from "./schemas.ts";
import { searchDocuments } from "./search-documents.ts";

// What a model or a network gets wrong once, it gets right a little later: 429, 500, a stream that was cut.
const patiently = { attempts: 6, backoff: "exponential", initial: "500ms", max: "20s" } as const;

const Research = component("Research", async ({ topic, folder }: schemas.Topic, step) => {
  step.status(`Searching the documents for “${topic}”`);
  const found = await searchDocuments({ topic, folder, signal: step.signal });
  if (found.passages.length > 0) return found;
  throw new NonRetryableError(
    `None of ${found.searched} documents says anything about “${topic}”: try another topic`,
  );
});

const Plan = component("Plan", async (material: Pick<WritingTask, "topic" | "passages">, step) => {
  step.status("Planning the article");
  const { title, headings } = await askFor(schemas.Plan, toOutlinePrompt(material), step);
  // Headings become keys, and a model may say one twice.
  return { title, headings: [...new Set(headings)] };
}).retry(patiently);

// An async generator streams: every piece is in the browser before the next is written.
const Introduce = component("Introduce", async function* (task: WritingTask, step) {
  yield* streamAnswer(toIntroductionPrompt(task), step);
}).retry(patiently);

const Draft = component(
  "Draft",
  async function* ({ heading, ...task }: WritingTask & { heading: string }, step) {
    yield* streamAnswer(toSectionPrompt(task, heading), step);
  },
).retry(patiently);

const Revise = component("Revise", async function* ({ section, note, ...task }: RevisionProps, step) {
  yield* streamAnswer(toRevisionPrompt(task, section, note), step);
}).retry(patiently);
type RevisionProps = WritingTask & { section: schemas.Section; note: string };

// A workflow arranges components. These calls are all started before the first is awaited, so they run side by side.
const Writing = workflow("writing", (task: WritingTask) => {
  const introduction = Introduce.run(task);
  const texts = all(task.headings.map((heading) => Draft.run({ ...task, heading }, { key: heading })));
  return { introduction: use(introduction), sections: toSections(task.headings, use(texts)) };
});

const Revision = workflow(
  "revision",
  ({ text, note, ...task }: WritingTask & { text: schemas.Text; note: string }) => {
    const texts = all(
      text.sections.map((section) => Revise.run({ ...task, section, note }, { key: section.heading })),
    );
    return { ...text, sections: toSections(task.headings, use(texts)) };
  },
);

export const Article = workflow(
  "article",
  {
    input: schemas.Topic,
    output: schemas.Article,
    signals: { review: schemas.Review },
    streams: { outline: schemas.Outline },
    // A first guess; once articles have been written, the time left is told from them.
    expect: "1m",
  },
  ({ topic, folder }) => {
    const { passages, sources } = use(Research.run({ topic, folder }));
    const { title, headings } = use(Plan.run({ topic, passages }));
    const task = { topic, headings, passages };

    return (
      <Sequence>
        <Publish name="outline" value={{ title, headings, sources }} />
        <Status>Writing {headings.length} sections</Status>
        <Progress value={1} max={3} />
        <Writing {...task}>
          {(text) => (
            <Sequence>
              <Status>Waiting for your review</Status>
              <Progress value={2} max={3} />
              <WaitFor name="review" schema={schemas.Review}>
                {(review) => {
                  const article = { title, ...text, sources, review };
                  if (!review.note) return <Output value={article} />;
                  return (
                    <Catch fallback={<Output value={article} />}>
                      <Status>Working your note in</Status>
                      <Revision {...task} text={text} note={review.note}>
                        {(revised) => <Output value={{ ...article, ...revised }} />}
                      </Revision>
                    </Catch>
                  );
                }}
              </WaitFor>
            </Sequence>
          )}
        </Writing>
      </Sequence>
    );
  },
);

function toSections(headings: readonly string[], texts: readonly string[]): schemas.Section[] {
  return headings.map((heading, index) => ({ heading, text: texts[index] ?? "" }));
}
