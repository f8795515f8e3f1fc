import type { ArticleView, SectionView } from "./article-view.ts";
import { Prose } from "../../shared/page/prose.tsx";

/** The article, as far as it is written. */
export function Manuscript({ title, introduction, sections, sources }: ArticleView) {
  return (
    <article className="manuscript" aria-label={title || "Article"}>
      <h1>{title || <span className="line-to-come" aria-hidden="true" />}</h1>
      {introduction.text !== "" && (
        <div className="introduction">
          <Prose isWriting={introduction.isWriting}>{introduction.text}</Prose>
        </div>
      )}
      {sections.map((section) => (
        <Section key={section.heading} {...section} />
      ))}
      {sources.length > 0 && (
        <section className="sources" aria-labelledby="sources-title">
          <h2 id="sources-title">Sources</h2>
          <ol>
            {sources.map(({ number, document, path }) => (
              <li key={number} id={`source-${number}`} value={number}>
                <cite>{document}</cite> <span className="path">{path}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </article>
  );
}

function Section({ heading, text, isWriting }: SectionView) {
  return (
    <section data-heading={heading}>
      <h2>{heading}</h2>
      {text === "" ? (
        <div className="text-to-come" aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
      ) : (
        <Prose isWriting={isWriting}>{text}</Prose>
      )}
    </section>
  );
}
