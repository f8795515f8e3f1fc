/** @jsxImportSource @alder/core */
/** E3: contexts that are declared are part of what identifies a step. */
import { createContext, useState, useEffect, type ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { component, type Json, Parallel, render, use, workflow } from "@alder/core";
import { sameAfterAnyCrash } from "./crash-everywhere.ts";
import { outputOf, startedComponents, live } from "./harness.ts";

const Locale = createContext("en");
Locale.displayName = "Locale";
const input = z.object({ v: z.number().optional() });
const Greet = component("Greet", { input, contexts: [Locale] }, async (_props, step) => step.use(Locale));

describe("a component sees what it declares", () => {
  test("of the nearest provider around its element, and around the workflow that runs it", async () => {
    const Inner = workflow("Inner", () => use(Greet.run({})));
    const W = workflow("W", () => (
      <Parallel>
        <Greet />
        <Locale.Provider value="de">
          <Greet />
          <Inner />
        </Locale.Provider>
      </Parallel>
    ));
    expect(await sameAfterAnyCrash(W)).toEqual(["en", ["de", "de"]]);
  });

  test("of the step whose body calls it, when that declares it", async () => {
    const Agent = component("Agent", { input, contexts: [Locale] }, async () => [
      await Greet.run({}),
      await Unaware.run(),
    ]);
    const Unaware = component("Unaware", async () => await Greet.run({}));
    const Flow = workflow("Flow", { input, contexts: [Locale] }, async () => [
      await Greet.run({}),
      (await render(<Greet v={1} />)) as Json,
    ]);
    const W = workflow("W", () => (
      <Locale.Provider value="fr">
        <Parallel>
          <Agent />
          <Unaware />
          <Flow />
        </Parallel>
      </Locale.Provider>
    ));
    expect(await sameAfterAnyCrash(W)).toEqual([["fr", "fr"], "en", ["fr", "fr"]]);
  });

  test("a value that changes makes another step", async () => {
    const Changing = ({ children }: { children?: ReactNode }): ReactNode => {
      const [locale, setLocale] = useState("en");
      useEffect(() => setLocale("de"), []);
      return <Locale.Provider value={locale}>{children}</Locale.Provider>;
    };
    const W = workflow("W", () => (
      <Changing>
        <Greet />
      </Changing>
    ));
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: "de" } });
    expect(startedComponents(life.disk)).toContain("Greet");
  });
});

test("outside of a run it is the default", async () => {
  expect(await Greet.run({})).toBe("en");
});

test("one that is not declared is refused by name", async () => {
  const Undeclared = component("Undeclared", async (_props: {}, step) => step.use(Locale));
  await expect(outputOf(workflow("W", () => use(Undeclared.run())))).rejects.toMatchObject({
    code: "undeclared_context",
    message: expect.stringContaining("Locale"),
  });
});

test("a value that is not JSON is refused with its place", async () => {
  const When = createContext<unknown>(new Date(0));
  const Dated = component("Dated", { input, contexts: [When] }, async () => 1);
  await expect(outputOf(workflow("W", () => use(Dated.run({}))))).rejects.toMatchObject({ code: "not_json" });
});

test("what is no context is refused where it is declared", () => {
  expect(() => component("Bad", { input, contexts: ["Locale" as never] }, async () => 1)).toThrow(
    expect.objectContaining({ code: "bad_context" }),
  );
});
