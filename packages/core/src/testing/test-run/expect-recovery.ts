import { AlderError } from "../../errors/alder-error.ts";
import { toErrorData } from "../../errors/error-data.ts";
import type { SchemaMap } from "../../authoring/workflow.ts";
import type { RunEvent } from "../../protocol/events.ts";
import { createTestRun, driverOf } from "./create-test-run.ts";
import type { CrashedWrite } from "./crash-point.ts";
import { expectReplay } from "./expect-replay.ts";
import type { Mock } from "./mock.ts";
import type { TestableWorkflow, TestRun, TestRunOptions } from "./test-run.ts";

export interface RecoveryOptions<O, S extends SchemaMap> extends Omit<TestRunOptions, "crash" | "mocks"> {
  /** Made anew for every run where it is a function: for mocks that count. */
  readonly mocks?: readonly Mock[] | (() => readonly Mock[]);
  /** What the test does in every run before it awaits the output: send signals, move the clock. */
  readonly act?: (test: TestRun<O, S>) => Promise<void>;
}

export interface Recovered<O> {
  /** Of the undisturbed run, if it completed. */
  readonly output: O | undefined;
  /** How many runs crashed and were taken over. */
  readonly crashes: number;
}

/**
 * Runs the workflow undisturbed, and then once for every write to its journal and the last one of its end, twice: its
 * process dies there, with the write kept and lost, and another takes over. Every run must come to the same output or the
 * same failure, execute no finished step again, and replay. Mocks must give the same for the same props. Throws
 * `recovery_differs`, which says where it crashed and what was other, and `replay_differs`.
 *
 * @example
 * await expectRecovery(Article, { topic: "alders" }, {
 *   mocks: [mock(Draft, ({ heading }) => `About ${heading}`)],
 *   act: (test) => test.signal("review", { approved: true }),
 * });
 */
export async function expectRecovery<P extends object, O, S extends SchemaMap>(
  workflow: TestableWorkflow<P, O, S>,
  input: NoInfer<P>,
  options: RecoveryOptions<O, S> = {},
): Promise<Recovered<O>> {
  const { act, mocks = [], ...others } = options;
  const live = async (crash?: {
    readonly atWrite: number;
    readonly write: CrashedWrite;
  }): Promise<Lived<O>> => {
    const test = createTestRun(workflow, input, {
      ...others,
      mocks: typeof mocks === "function" ? mocks() : mocks,
      ...(crash === undefined ? {} : { crash }),
    });
    try {
      await act?.(test);
      const outcome = await outcomeOf(test);
      const twice = executedTwice(test.events);
      if (twice !== undefined) throw differs(workflow.name, `${twice} had finished, and was executed again`);
      await expectReplay(test);
      return { outcome, writes: driverOf(test).writes };
    } catch (error) {
      if (crash === undefined) throw error;
      throw afterCrash(workflow.name, crash, error);
    }
  };

  const { outcome: undisturbed, writes } = await live();
  for (let atWrite = 1; atWrite <= writes; atWrite++) {
    for (const write of ["kept", "lost"] as const) {
      const { outcome } = await live({ atWrite, write });
      if (outcome.text === undisturbed.text) continue;
      const what = `undisturbed it ${undisturbed.text}, this one ${outcome.text}`;
      throw afterCrash(workflow.name, { atWrite, write }, differs(workflow.name, what));
    }
  }
  return { output: undisturbed.output, crashes: 2 * writes };
}

interface Outcome<O> {
  /** For comparison, and for people. */
  readonly text: string;
  readonly output: O | undefined;
}

interface Lived<O> {
  readonly outcome: Outcome<O>;
  readonly writes: number;
}

async function outcomeOf<O, S extends SchemaMap>(test: TestRun<O, S>): Promise<Outcome<O>> {
  try {
    const output = await test.output();
    return { text: `completed with ${JSON.stringify(test.view.output ?? null)}`, output };
  } catch (error) {
    if (test.status !== "failed" && test.status !== "cancelled") throw error;
    const { name, message } = toErrorData(test.view.error ?? error);
    return {
      text: `${test.status === "failed" ? "failed" : "was cancelled"}: ${name}: ${message}`,
      output: undefined,
    };
  }
}

/** The name of a component that was started after it had finished (E1). */
function executedTwice(events: readonly RunEvent[]): string | undefined {
  const finished = new Set<string>();
  for (const event of events) {
    if (event.type === "step.completed") finished.add(event.step);
    if (event.type === "step.started" && event.kind === "component" && finished.has(event.step))
      return event.name;
  }
  return undefined;
}

function differs(workflow: string, what: string): AlderError {
  return new AlderError("recovery_differs", `workflow "${workflow}" does not survive a crash: ${what}`);
}

function afterCrash(
  workflow: string,
  { atWrite, write }: { readonly atWrite: number; readonly write: CrashedWrite },
  cause: unknown,
): AlderError {
  const place = `crash: { atWrite: ${atWrite}, write: "${write}" }`;
  const { message } = toErrorData(cause);
  return new AlderError("recovery_differs", `${message}\n(workflow "${workflow}" with ${place})`, { cause });
}
