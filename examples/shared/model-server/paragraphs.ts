import type { Statement } from "./material.ts";

/** One paragraph for each document, which says whose words these are, cited at its end. */
export function toParagraphs(statements: readonly Statement[], leads = leadsOfSection): string[] {
  const byDocument = new Map<string, Statement[]>();
  for (const statement of statements) {
    byDocument.set(statement.document, [...(byDocument.get(statement.document) ?? []), statement]);
  }
  return [...byDocument].map(([document, group], index) => {
    const lead = leads[Math.min(index, leads.length - 1)]!.replace("%s", document);
    return (
      lead +
      group
        .map(({ text }) => text)
        .join(" ")
        .replace(/(?=[.!]$)/, toCitation(group[0]!.source))
    );
  });
}

const leadsOfSection = ["", "The documentation of %s adds: ", "%s puts it this way: ", "And from %s: "];

/** It goes before the full stop. */
export function toCitation(source: string): string {
  return source && ` [${source}]`;
}
