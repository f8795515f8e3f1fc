// What people import, handed to the runtime of a worker, and what it says where there is none.
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  all,
  type Call,
  Catch,
  component,
  Output,
  Parallel,
  Progress,
  Publish,
  Sequence,
  sleep,
  Status,
  Suspense,
  use,
  WaitFor,
  waitFor,
  workflow,
} from "../../src/index.ts";
import { CALL, isCall } from "../../src/authoring/call.ts";
import { type Definition, definitionOf } from "../../src/authoring/definition.ts";
import { installRuntime, type Runtime } from "../../src/authoring/runtime.ts";

const pending = { [CALL]: true };

/** Notes what it is asked for; `isCombining` as in a render body. */
function listen({ isCombining = true } = {}): unknown[][] {
  const heard: unknown[][] = [];
  const note = (...entry: unknown[]): unknown => {
    heard.push(entry);
    return pending;
  };
  const runtime: Runtime = {
    run: (...rest) => note("run", ...rest),
    combine: (...rest) => (isCombining ? note("combine", ...rest) : undefined),
    plainValue: () => undefined,
    use: (source) => note("use", source),
    renderStep: (...rest) => note("renderStep", ...rest),
    renderElement: (...rest) => note("renderElement", ...rest),
  };
  installRuntime(runtime);
  return heard;
}

afterEach(() => {
  installRuntime(undefined as never);
});

const Research = component("Research", async ({ topic }: { topic: string }) => topic);
const element = (type: unknown, props: object): unknown => (type as (props: object) => unknown)(props);

describe("in a worker", () => {
  test("run and elements carry the definition", () => {
    const heard = listen();
    const definition = definitionOf(Research);
    expect(Research.run({ topic: "x" }, { key: 1 })).toBe(pending);
    element(Research, { topic: "x" });
    expect(heard).toEqual([
      ["run", definition, { topic: "x" }, { key: 1 }],
      ["renderStep", definition, { topic: "x" }],
    ]);
  });

  test("what the runtime throws is not caught", () => {
    listen();
    installRuntime({
      run: () => {
        throw new Error("lost_context");
      },
    } as never);
    expect(() => Research.run({ topic: "x" })).toThrow("lost_context");
  });

  test("sleep is a step whose props are the milliseconds", () => {
    const heard = listen();
    void sleep("1.5h", { key: "nap" });
    void sleep(90);
    expect(heard).toEqual([
      ["run", expect.objectContaining({ kind: "timer", name: "Sleep" }), { ms: 5_400_000 }, { key: "nap" }],
      ["run", expect.objectContaining({ kind: "timer", name: "Sleep" }), { ms: 90 }, undefined],
    ]);
    expect(() => sleep("soon" as "1s")).toThrow(expect.objectContaining({ code: "bad_duration" }));
  });

  test("waitFor carries its schema in the definition, where identity does not see it", () => {
    const heard = listen();
    const schema = z.object({ ok: z.boolean() });
    void waitFor("approve", { schema, key: "a" });
    void waitFor("approve", { schema });
    void waitFor("approve");
    const [first, second, third] = heard.map((entry) => entry[1] as Definition);
    expect(first).toMatchObject({ kind: "signal", name: "WaitFor", output: schema });
    expect(second).toBe(first);
    expect(third).toMatchObject({ kind: "signal", name: "WaitFor", output: undefined });
    expect(heard.map((entry) => entry.slice(2))).toEqual([
      [{ name: "approve" }, { key: "a" }],
      [{ name: "approve" }, {}],
      [{ name: "approve" }, {}],
    ]);
    expect(() => waitFor("")).toThrow(expect.objectContaining({ code: "bad_name" }));
    expect(() => waitFor("x", { schema: z.date() })).toThrow(expect.objectContaining({ code: "bad_schema" }));
  });

  test("<WaitFor> is the same step, its schema no prop of it", () => {
    const heard = listen();
    const schema = z.string();
    const children = (): null => null;
    element(WaitFor, { name: "approve", schema, children, $key: "k" });
    expect(heard).toEqual([
      [
        "renderStep",
        expect.objectContaining({ kind: "signal", output: schema }),
        { name: "approve", children, $key: "k" },
      ],
    ]);
    expect(definitionOf(WaitFor)).toMatchObject({ kind: "signal", name: "WaitFor" });
  });

  test("all and use are the runtime's in a render body", () => {
    const heard = listen();
    const members = [pending] as never[];
    expect(all(members)).toBe(pending);
    use(pending as never);
    expect(heard).toEqual([
      ["combine", "all", members],
      ["use", pending],
    ]);
  });

  test("all is Promise.all in async code", async () => {
    listen({ isCombining: false });
    const calls = { a: Promise.resolve(1), b: Promise.resolve(2) } as never;
    await expect(all(calls)).resolves.toEqual({ a: 1, b: 2 });
  });
});

const elements = { Sequence, Parallel, Catch, Suspense, Status, Progress, Publish, Output };

describe.each(Object.entries(elements))("<%s>", (name, type) => {
  test("is rendered by the runtime", () => {
    const heard = listen();
    const props = { children: "x" };
    element(type, props);
    expect(heard).toEqual([["renderElement", name, props]]);
  });

  test("says what is missing where no worker runs", () => {
    expect(() => element(type, {})).toThrow(
      expect.objectContaining({ code: "no_runtime", message: expect.stringContaining(`<${name}>`) }),
    );
  });
});

describe("where no worker runs", () => {
  test("components, workflows and waits are no elements", () => {
    const error = (name: string): unknown =>
      expect.objectContaining({ code: "no_runtime", message: expect.stringContaining(name) });
    expect(() => element(Research, {})).toThrow(error("Research.run(props)"));
    expect(() =>
      element(
        workflow("article", () => null),
        {},
      ),
    ).toThrow(error("<article>"));
    expect(() => element(WaitFor, { name: "x" })).toThrow(error("<WaitFor>"));
  });

  test("use has no place", () => {
    expect(() => use({} as Call<string>)).toThrow(expect.objectContaining({ code: "outside_run" }));
  });
});

test("a call is known by its mark, whatever it is made of", () => {
  expect(isCall({ [Symbol.for("alder.call")]: true })).toBe(true);
  for (const other of [null, undefined, "x", {}, Promise.resolve(1)]) expect(isCall(other)).toBe(false);
});
