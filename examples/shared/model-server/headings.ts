import { toSentences } from "../language/sentences.ts";
import { toKeywords } from "../language/words.ts";
import type { PromptPassage } from "./prompt.ts";

/** Headings that every document has say nothing alone. */
const generic: { test: RegExp; toHeading: (document: string) => string }[] = [
  {
    test: /^(?:usage|how to use(?: it)?|examples?|quick ?start|basic usage)$/i,
    toHeading: (name) => `Using ${name}`,
  },
  {
    test: /^(?:api|api overview|documentation|methods?|functions?|reference)$/i,
    toHeading: (name) => `What ${name} offers`,
  },
  { test: /^(?:features?|highlights|overview|capabilities)$/i, toHeading: (name) => `What ${name} can do` },
  { test: /^(?:options?|configuration|settings)$/i, toHeading: (name) => `How ${name} is configured` },
  { test: /^getting started$/i, toHeading: (name) => `Getting started with ${name}` },
  {
    test: /^(?:why\b.*|motivation|background|rationale|introduction|about|faq|tl;?dr)$/i,
    toHeading: (name) => `Why ${name}`,
  },
  {
    test: /^(?:notes?|caveats?|limitations?|known issues|gotchas)$/i,
    toHeading: (name) => `Limits of ${name}`,
  },
  { test: /^(?:types?|table of contents|contents|issue)$/i, toHeading: (name) => `What ${name} is` },
];

/** A passage's heading as an article would have it. */
export function toReadableHeading(heading: string, document: string): string {
  const name = document.replace(/^@[^/]+\//, "").replace(/ \([^()]*\)$/, "");
  const plain = heading
    .replaceAll(/[\p{Extended_Pictographic}:#]+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  const found = generic.find(({ test }) => test.test(plain));
  if (found) return found.toHeading(name);
  if (plain === "" || plain.toLowerCase() === document.toLowerCase() || plain === name)
    return `What ${name} is`;
  if (isSignature(plain)) return `${name}: ${plain.replace(/[([{=].*$/, "").trim() || plain}`;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** The headings of an article: those of the passages that say most, best first, none like another. */
export function planHeadings(passages: readonly PromptPassage[], count: number): string[] {
  const groups = new Map<string, { heading: string; document: string; weight: number; place: number }>();
  passages.forEach((passage, place) => {
    const heading = toReadableHeading(passage.heading, passage.document);
    const group = groups.get(heading) ?? { heading, document: passage.document, weight: 0, place };
    group.weight += Math.min(4, toSentences(passage.text).length) * (isSignature(passage.heading) ? 0.4 : 1);
    groups.set(heading, group);
  });
  const planned: { heading: string; document: string; place: number }[] = [];
  const candidates = [...groups.values()]
    .filter(({ weight, heading }) => weight >= 2 && heading.length <= 60)
    .toSorted((a, b) => b.weight / (b.place + 6) - a.weight / (a.place + 6));
  // First one section for each document, then more of the same.
  for (const perDocument of [1, 2, 5]) {
    for (const candidate of candidates) {
      if (planned.length === count) break;
      const sameDocument = planned.filter(({ document }) => document === candidate.document).length;
      if (sameDocument < perDocument && !planned.some(({ heading }) => isAlike(heading, candidate.heading))) {
        planned.push(candidate);
      }
    }
  }
  return planned.toSorted((a, b) => a.place - b.place).map(({ heading }) => heading);
}

/** `globby.stream(patterns, options?)`, `.scan`, `--watch` */
function isSignature(heading: string): boolean {
  return /[()[\]{}=]|^[.\-@]\S|^\w+\.\w/.test(heading);
}

function isAlike(a: string, b: string): boolean {
  const words = new Set(toKeywords(a));
  const others = toKeywords(b);
  return others.length === 0 || others.filter((word) => words.has(word)).length / others.length > 0.6;
}
