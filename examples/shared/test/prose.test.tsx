import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Prose } from "../page/prose.tsx";

const render = (markdown: string) => renderToStaticMarkup(<Prose>{markdown}</Prose>);

test("a citation is a link to its source", () => {
  expect(render("Alders fix nitrogen [2].")).toContain(
    `Alders fix nitrogen<sup><a href="#source-2" aria-label="Source 2">2</a></sup>.`,
  );
});

test("what looks like one in code or in a link is none", () => {
  const html = render("`list[1]` and [1](https://example.org)\n\n```js\nlist[0];\n```");
  expect(html).not.toContain("#source-");
  expect(html).toContain("list[1]");
  expect(html).toContain("list[0];");
});

test("a code block that is still being written hides nothing", () => {
  expect(render("Look:\n\n```js\nlist[0]")).toContain("list[0]");
});

test("no HTML and no script of a model's gets into the page", () => {
  const html = render(`<img src=x onerror="alert(1)"> [x](javascript:alert(1))`);
  expect(html).not.toContain("<img");
  expect(html).not.toContain("javascript:");
});
