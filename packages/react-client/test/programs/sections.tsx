/** @jsxImportSource @alder/core */
// A workflow that streams text, waits for a person, and ends: a whole application to be killed.
import { all, component, Output, Sequence, Status, use, WaitFor, workflow } from "@alder/core";
import { z } from "zod";

const WORD_MS = 5;

const Draft = component("Draft", async function* ({ heading, words }: { heading: string; words: number }) {
  for (let word = 0; word < words; word++) {
    await new Promise((resolve) => void setTimeout(resolve, WORD_MS));
    yield `${heading}${word} `;
  }
});

export const Sections = workflow(
  "sections",
  {
    input: z.object({ headings: z.array(z.string()), words: z.number() }),
    output: z.object({ texts: z.array(z.string()), approved: z.boolean() }),
    signals: { review: z.object({ approved: z.boolean() }) },
  },
  ({ headings, words }) => {
    const texts = use(all(headings.map((heading) => Draft.run({ heading, words }, { key: heading }))));
    return (
      <Sequence>
        <Status>Waiting for review</Status>
        <WaitFor name="review" schema={z.object({ approved: z.boolean() })}>
          {({ approved }) => <Output value={{ texts, approved }} />}
        </WaitFor>
      </Sequence>
    );
  },
);
