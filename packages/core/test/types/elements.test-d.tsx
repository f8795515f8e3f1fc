/** @jsxImportSource @alder/core */
// JSX: what elements take, what children may be, and what is no element here.
import {
  type Call,
  Catch,
  type ErrorData,
  type Json,
  Output,
  Parallel,
  Progress,
  Publish,
  Sequence,
  Status,
  Suspense,
  use,
  WaitFor,
  workflow,
} from "@alder/core";
import { createContext, type FC, Fragment, type ReactNode, Suspense as ReactSuspense } from "react";
import { z } from "zod";
import { Draft, Nothing, Outline, Research } from "./components.test-d.tsx";
import { same } from "./same.ts";
import { Article } from "./workflows.test-d.tsx";

const Theme = createContext("light");

function Panel({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  same<ReturnType<typeof use<string>>, string>(true);
  return (
    <Status>
      {use(Theme)}
      {title}
      {children}
    </Status>
  );
}

export const Tree = workflow("tree", { input: z.object({ topic: z.string() }) }, ({ topic }) => (
  <Theme.Provider value="dark">
    <Catch
      fallback={(error) => {
        same<typeof error, ErrorData>(true);
        return <Status>{error.message}</Status>;
      }}
    >
      <Suspense fallback={<Status>Researching {topic}…</Status>}>
        <Parallel limit={3}>
          {["a"].map((heading) => (
            <Draft key={heading} heading={heading} notes={Research.run({ topic })} />
          ))}
          <Research topic={topic}>
            {(notes) => {
              same<typeof notes, { hits: string[]; at: number }>(true);
              return (
                <Panel title="x">
                  <Outline notes={notes} />
                </Panel>
              );
            }}
          </Research>
          <WaitFor key="approve" name="approve" schema={z.object({ by: z.string() })}>
            {(payload) => {
              same<typeof payload, { by: string }>(true);
              return <Status>{payload.by}</Status>;
            }}
          </WaitFor>
          <WaitFor name="raw">
            {(payload) => {
              same<typeof payload, Json>(true);
              return <Output value={payload} />;
            }}
          </WaitFor>
          <WaitFor name="nothing" />
          <Article topic="x" key={1}>
            {(article) => <Status>{article.at.toISOString()}</Status>}
          </Article>
          <>
            <Output value={1} />
          </>
          <Output>
            <Nothing />
          </Output>
          text {1}
        </Parallel>
        <Sequence key="last">
          <Progress value={1} max={2} />
          <Publish name="outline" value={{ headings: ["a"] }} />
        </Sequence>
      </Suspense>
    </Catch>
  </Theme.Provider>
));
same<ReturnType<typeof Tree.run>, Call<unknown>>(true);

export const catchElement = <Catch fallback={<Nothing />}>{null}</Catch>;
export const reactSuspense = (
  <ReactSuspense fallback={null}>
    <Fragment key="x">
      <Nothing />
    </Fragment>
  </ReactSuspense>
);
const Plain: FC<{ count: number }> = () => null;
export const plain = <Plain count={1} />;

// @ts-expect-error no elements of a browser
export const div = <div />;
// @ts-expect-error missing prop
export const missing = <Research />;
// @ts-expect-error no such prop
export const excess = <Research topic="x" tpoic="y" />;
// @ts-expect-error a function of the output, not elements, is a component's child
export const children = <Research topic="x">{<Nothing />}</Research>;
// @ts-expect-error no key
export const keyed = <Research topic="x" key={{}} />;
const Bare = async ({ count }: { count: number }): Promise<null> => (count > 0 ? null : null);
// @ts-expect-error an async function that is no component of ours
export const bare = <Bare count={1} />;
// @ts-expect-error limit is a number
export const limited = <Parallel limit="3" />;
// @ts-expect-error a Catch has a fallback
export const noFallback = <Catch>{null}</Catch>;
// @ts-expect-error a Date is not JSON
export const dated = <Publish name="x" value={{ at: new Date() }} />;
// @ts-expect-error a Date is not JSON
export const datedOutput = <Output value={new Date()} />;
