// Cuts a Markdown document at its headings into passages.

export interface MarkdownDocument {
  /** What a reader would call it: the package, or its title. */
  readonly name: string;
  readonly path: string;
  readonly passages: readonly { readonly heading: string; readonly text: string }[];
}

const maxPassageLength = 1_400;

export function parseMarkdownDocument(path: string, markdown: string): MarkdownDocument {
  const { title, body } = splitFrontMatter(markdown.replaceAll("\r\n", "\n"));
  const sections = splitAtHeadings(body);
  const name = nameOf(path, title ?? sections.find((section) => section.level === 1)?.heading);
  const passages = sections.flatMap(({ heading, text }) =>
    splitLongText(text).map((part) => ({ heading: heading || name, text: part })),
  );
  return { name, path, passages };
}

function splitFrontMatter(markdown: string): { title: string | undefined; body: string } {
  const match = /^---\n([\s\S]*?)\n---\n/.exec(markdown);
  if (!match) return { title: undefined, body: markdown };
  const title = /^title:\s*["']?(.+?)["']?\s*$/m.exec(match[1] ?? "")?.[1];
  return { title, body: markdown.slice(match[0].length) };
}

function splitAtHeadings(body: string): { level: number; heading: string; text: string }[] {
  const sections: { level: number; heading: string; lines: string[] }[] = [
    { level: 0, heading: "", lines: [] },
  ];
  let fence: string | undefined;
  for (const line of body.split("\n")) {
    const opening = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (opening) fence = fence === undefined ? opening : opening.startsWith(fence) ? undefined : fence;
    // A `# comment` in a code block is no heading.
    const heading = fence === undefined ? /^(#{1,6})\s+(.*?)\s*#*$/.exec(line) : null;
    if (heading) {
      sections.push({ level: heading[1]!.length, heading: toPlainText(heading[2]!), lines: [] });
    } else {
      sections.at(-1)!.lines.push(line);
    }
  }
  return sections.map(({ level, heading, lines }) => ({ level, heading, text: lines.join("\n").trim() }));
}

/** Cuts between paragraphs, never inside a code block. */
function splitLongText(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let inFence = false;
  for (const paragraph of text.split(/\n{2,}/)) {
    const fences = paragraph.match(/^\s*(?:`{3,}|~{3,})/gm)?.length ?? 0;
    if (!inFence && part.length > 0 && part.length + paragraph.length > maxPassageLength) {
      parts.push(part);
      part = "";
    }
    part += (part && "\n\n") + paragraph;
    if (fences % 2 === 1) inFence = !inFence;
  }
  if (part) parts.push(part);
  // A heading with nothing below it makes no passage.
  return parts.map((whole) => whole.slice(0, 2 * maxPassageLength));
}

/** A package's readme is called like the package; another document of it by its title. */
function nameOf(path: string, title: string | undefined): string {
  const inPackage = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(`node_modules/${path}`);
  const file = path
    .split("/")
    .at(-1)!
    .replace(/\.mdx?$/i, "");
  const own = title ? toPlainText(title) : file;
  if (!inPackage?.[1] || !inPackage[2]) return own;
  return /^readme$/i.test(file) && !inPackage[2].includes("/") ? inPackage[1] : `${own} (${inPackage[1]})`;
}

function toPlainText(markdown: string): string {
  return markdown
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replaceAll(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replaceAll(/[*_`]/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
