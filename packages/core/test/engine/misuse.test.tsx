/** @jsxImportSource @alder/core */
/** What cannot work is refused where it is written, with a code and the way out (design, section 3). */
import { createElement, useEffect, type ReactElement, type ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  all,
  Catch,
  component,
  Output,
  Parallel,
  Progress,
  Publish,
  race,
  Race,
  Sequence,
  Status,
  use,
  workflow,
} from "@alder/core";
import { enterWorker } from "../../src/engine/runtime.ts";
import { Bad, Echo } from "./components.tsx";
import { outputOf, type AnyWorkflow } from "./harness.ts";

const render = (body: () => unknown): AnyWorkflow =>
  workflow("W", { input: z.object({}) }, () => body() as never);
const refused = (code: string, says: RegExp): object =>
  expect.objectContaining({ code, message: expect.stringMatching(says) });

function Calls(): ReactNode {
  Echo.run({ v: 2 });
  return null;
}
function CallsInEffect(): ReactNode {
  useEffect(() => void Echo.run({ v: 2 }), []);
  return <Echo v={1} />;
}
function Uses(): ReactNode {
  return <Echo v={use(Echo.run({ v: 1 }))} />;
}

describe(".run outside a body", () => {
  const bodies: Record<string, () => ReactElement> = {
    "a function child": () => (
      <Echo v={1}>
        {() => {
          Echo.run({ v: 2 });
          return null;
        }}
      </Echo>
    ),
    "a fallback": () => (
      <Catch
        fallback={() => {
          Echo.run({ v: 2 });
          return "f";
        }}
      >
        <Bad />
      </Catch>
    ),
    "a plain component": () => <Calls />,
    "an effect": () => <CallsInEffect />,
    "a component that a plain component uses": () => <Uses />,
  };
  test.each(Object.entries(bodies))("in %s", async (_name, body) => {
    await expect(outputOf(render(body))).rejects.toEqual(
      refused("run_outside_body", /Echo\.run\(\).*workflow/),
    );
  });

  test("in a custom hook of a body is allowed", async () => {
    const useTwice = (v: number): unknown => [use(Echo.run({ v })), use(Echo.run({ v }))];
    expect(await outputOf(render(() => useTwice(1)))).toEqual([1, 1]);
  });
});

describe("use", () => {
  test("of a call, outside a body", async () => {
    let held: never;
    function UsesHeld(): ReactNode {
      return use(held);
    }
    const W = render(() => {
      held = Echo.run({ v: 1 }) as never;
      return <UsesHeld />;
    });
    await expect(outputOf(W)).rejects.toEqual(refused("use_outside_body", /render body/));
  });

  test("of a promise of another kind", async () => {
    await expect(outputOf(render(() => use(Promise.resolve(1) as never)))).rejects.toEqual(
      refused("foreign_promise", /component.*all\(\)/),
    );
    await expect(
      outputOf(render(() => use(Promise.all([Echo.run({ v: 1 }), Echo.run({ v: 2 })]) as never))),
      // Its `then` of the calls may be heard of first: that is another turn's where the machine is slow.
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(foreign_promise|then_in_render)$/) });
    const thenable = { then() {} }; // oxlint-disable-line unicorn/no-thenable -- that is what is refused
    await expect(outputOf(render(() => use(thenable as never)))).rejects.toEqual(
      refused("foreign_promise", /component$/),
    );
  });

  test("whose suspension a try/catch swallows", async () => {
    const W = render(() => {
      try {
        return use(Echo.run({ v: 1 }));
      } catch {
        return "swallowed";
      }
    });
    await expect(outputOf(W)).rejects.toEqual(refused("use_in_try", /workflow W.*<Catch>/));
  });

  test("in an async body", async () => {
    const W = workflow("W", async () => use(Echo.run({ v: 1 })));
    await expect(outputOf(W)).rejects.toEqual(refused("use_outside_body", /await/));
  });
});

describe("awaiting in a render body, which is called back by nobody", () => {
  const says = /render body of workflow W.*use\(\).*<Catch>.*async/;
  // Each in a body that goes on without what it would be called back with.
  const bodies: Record<string, () => unknown> = {
    "then of a call": () => void Echo.run({ v: 1 }).then(String),
    "catch of a call": () => void Echo.run({ v: 1 }).catch(() => {}),
    "finally of a call": () => void Echo.run({ v: 1 }).finally(() => {}),
    "then of combined calls": () => void all([Echo.run({ v: 1 })]).then(String),
    "catch of combined calls": () => void all([Echo.run({ v: 1 })]).catch(() => {}),
    "finally of combined calls": () => void race([Echo.run({ v: 1 })]).finally(() => {}),
    "Promise.all": () => void Promise.all([Echo.run({ v: 1 }), Echo.run({ v: 3 })]),
    "a helper that awaits": () => void (async () => await Echo.run({ v: 1 }))(),
    "a finished call": () => {
      const call = Echo.run({ v: 1 });
      use(call);
      void call.then(String);
    },
  };
  test.each(Object.entries(bodies))("%s", async (_name, body) => {
    await expect(outputOf(render(() => (body(), (<Echo v={2} />))))).rejects.toEqual(
      refused("then_in_render", says),
    );
  });

  test("in an effect", async () => {
    function Awaits({ call }: { call: PromiseLike<unknown> }): ReactNode {
      useEffect(() => void call.then(String), [call]);
      return <Echo v={2} />;
    }
    await expect(outputOf(render(() => <Awaits call={Echo.run({ v: 1 })} />))).rejects.toEqual(
      refused("then_in_render", says),
    );
  });
});

describe("what a body returns", () => {
  test("a call", async () => {
    await expect(outputOf(render(() => Echo.run({ v: 1 })))).rejects.toEqual(
      refused("call_returned", /use\(call\)/),
    );
    await expect(outputOf(render(() => all([Echo.run({ v: 1 })])))).rejects.toEqual(
      refused("call_returned", /W/),
    );
  });

  test("a promise, from a render body", async () => {
    await expect(outputOf(render(() => Promise.resolve(1)))).rejects.toEqual(
      refused("promise_from_render", /workflow W.*async/),
    );
  });

  test("JSX, from an async body", async () => {
    const W = workflow("W", (async () => <Echo v={1} />) as never) as AnyWorkflow;
    await expect(outputOf(W)).rejects.toEqual(refused("jsx_from_async", /W.*render body/));
  });

  test("what is not JSON", async () => {
    await expect(outputOf(render(() => new Date()))).rejects.toEqual(refused("not_json", /workflow "W"/));
    await expect(outputOf(render(() => <Output value={(() => 1) as never} />))).rejects.toEqual(
      refused("not_json", /Output/),
    );
  });
});

describe("what a body, a function child or a fallback throws", () => {
  const unreadable = {
    get then() {
      throw new Error("cannot be read");
    },
  };
  const throwing = (): never => {
    throw unreadable;
  };
  const places: Record<string, () => unknown> = {
    "a body": throwing,
    "a function child": () => <Echo v={1}>{throwing}</Echo>,
    "a fallback": () => (
      <Catch fallback={throwing}>
        <Bad />
      </Catch>
    ),
  };

  test.each(Object.entries(places))("in %s, and cannot be read", async (_name, body) => {
    await expect(outputOf(render(body))).rejects.toEqual(
      refused("unreadable_error", /throw when they are read: throw an Error/),
    );
    expect(await outputOf(render(() => <Echo v={1} />)), "React is not broken").toBe(1);
  });

  test("a promise, as libraries do that suspend by themselves", async () => {
    const body = (): never => {
      // oxlint-disable-next-line typescript/only-throw-error -- as such libraries do
      throw Promise.resolve();
    };
    await expect(outputOf(render(body))).rejects.toEqual(
      refused("foreign_promise", /put the async work in a component/),
    );
  });
});

describe("elements", () => {
  test("of a web page", async () => {
    const Div = "div" as never as typeof Status;
    await expect(outputOf(render(() => <Div>hello</Div>))).rejects.toEqual(refused("html_element", /<div>/));
    await expect(outputOf(render(() => createElement("p", null, "hello")))).rejects.toEqual(
      refused("html_element", /<p>/),
    );
  });

  test("of a bare async function", async () => {
    const Later = (async () => null) as never as typeof Status;
    await expect(outputOf(render(() => <Later />))).rejects.toEqual(
      refused("async_element", /component\("Later"/),
    );
  });

  test("in a Status", async () => {
    await expect(
      outputOf(
        render(() => (
          <Status>
            <Echo v={1} />
          </Status>
        )),
      ),
    ).rejects.toEqual(refused("bad_status", /text/));
  });

  test("that say what is no number or no name", async () => {
    const says = {
      "<Progress value>": <Progress value={"5" as never} />,
      "<Publish name>": <Publish name={5 as never} value={1} />,
    };
    for (const [what, element] of Object.entries(says)) {
      await expect(outputOf(render(() => element))).rejects.toEqual(refused("bad_call", new RegExp(what)));
    }
  });

  test.each([0, -1, Number.NaN, "2"])("a Parallel of which %s can be done at once", async (limit) => {
    await expect(
      outputOf(
        render(() => (
          <Parallel limit={limit as number}>
            <Echo v={1} />
          </Parallel>
        )),
      ),
    ).rejects.toEqual(refused("bad_policy", /limit.*from 1/));
  });

  test("whose props are not JSON name the component and the prop", async () => {
    await expect(outputOf(render(() => <Echo v={new Map() as never} />))).rejects.toEqual(
      refused("not_json", /Echo: prop "v"/),
    );
    await expect(outputOf(render(() => use(Echo.run({ v: [undefined] as never }))))).rejects.toEqual(
      refused("not_json", /Echo: prop "v".*0/),
    );
  });
});

test("a call in a worker but outside any step has lost its context", async () => {
  await outputOf(render(() => 1)); // the engine is loaded
  const leave = enterWorker();
  try {
    expect(() => Echo.run({ v: 1 })).toThrow(refused("lost_context", /Echo\.run\(\)/));
  } finally {
    leave();
  }
  expect(await Echo.run({ v: 1 })).toBe(1); // in a script it just executes
});

test("a component that is called as a function says how it is run", async () => {
  // @ts-expect-error the compiler refuses it, too
  const called = workflow("W", { input: z.object({}) }, async () => [Echo({ v: 1 })]);
  await expect(outputOf(called)).rejects.toEqual(refused("bad_call", /Echo was called.*<Echo.*Echo\.run/));
});

test("a key that is no key, and props that are none", async () => {
  await expect(outputOf(render(() => use(Echo.run({ v: 1 }, { key: {} as never }))))).rejects.toEqual(
    refused("bad_call", /key/),
  );
  await expect(outputOf(render(() => use(Echo.run([] as never))))).rejects.toEqual(
    refused("bad_call", /props/),
  );
});

test("an error in a nested component's props is caught by a boundary like any other", async () => {
  const W = render(() => (
    <Parallel>
      <Catch fallback={(error) => error.code}>
        <Echo v={new Set() as never} />
      </Catch>
    </Parallel>
  ));
  expect(await outputOf(W)).toEqual(["not_json"]);
});

test("a component that returns JSX says so", async () => {
  const Shows = component("Shows", (async () => <Echo v={1} />) as never);
  await expect(outputOf(render(() => <Shows />))).rejects.toEqual(
    refused("not_json", /component "Shows".*element/),
  );
});

test("a render body that asks for another step whenever one has finished does not do so for ever", async () => {
  let executions = 0;
  const Work = component("Work", async ({ at }: { at: number }) => {
    executions++;
    return at;
  });
  let count = 0;
  const Restless = workflow("restless", () => use(Work.run({ at: ++count })));
  await expect(outputOf(Restless)).rejects.toMatchObject({ code: "restless_body" });
  expect(executions).toBeLessThan(60);
});

test.each([
  ["Parallel", Parallel],
  ["Race", Race],
  ["Sequence", Sequence],
])("two children of one key in <%s> are refused: one would be left out", async (name, Container) => {
  const failure = outputOf(
    render(() => (
      <Container>
        {[1, 2].map((v) => (
          <Echo key="same" v={v} />
        ))}
      </Container>
    )),
  );
  await expect(failure).rejects.toEqual(refused("duplicate_key", new RegExp(`<${name}>.*"same"`)));
});

test("keys of two lists in one container are two things", async () => {
  const list = ([a, b]: readonly [number, number]): ReactNode => [
    <Echo key="a" v={a} />,
    <Echo key="b" v={b} />,
  ];
  const output = outputOf(
    render(() => (
      <Parallel>
        {list([1, 2])}
        {list([3, 4])}
      </Parallel>
    )),
  );
  expect(await output).toEqual([1, 2, 3, 4]);
});
