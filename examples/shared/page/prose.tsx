import { memo } from "react";
import Markdown, { type Components } from "react-markdown";

/** Markdown as a language model writes it: no HTML is let through, and `[2]` becomes a link to the second source. */
export const Prose = memo(({ children, isWriting = false }: { children: string; isWriting?: boolean }) => (
  <div className={isWriting ? "prose is-writing" : "prose"}>
    <Markdown components={components}>{linkCitations(children)}</Markdown>
  </div>
));
Prose.displayName = "Prose";

const components: Components = {
  a({ href, children }) {
    if (!href?.startsWith("#source-")) return <a href={href}>{children}</a>;
    return (
      <sup>
        <a href={href} aria-label={`Source ${href.slice("#source-".length)}`}>
          {children}
        </a>
      </sup>
    );
  },
  // Wide code scrolls in its own box, which a keyboard must reach.
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
  // A model's own headings belong below those of the page.
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
};

/** `[2]` in text, not in code, not when it is a link already. */
function linkCitations(markdown: string): string {
  return markdown
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replaceAll(/ ?\[(\d{1,2})\](?![[(])/g, "[$1](#source-$1)"),
    )
    .join("");
}
