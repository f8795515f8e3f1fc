import { definitionOf, type Definition } from "../../authoring/definition.ts";
import { decodeInput, decodeOutput } from "../../authoring/schema.ts";
import type { SchemaMap } from "../../authoring/workflow.ts";
import { AlderError, hasCode } from "../../errors/alder-error.ts";
import { StepError } from "../../errors/error-data.ts";
import { toJson } from "../../internal/canonical-json.ts";
import { parseDuration } from "../../internal/duration.ts";
import { CrashPoints, describeCrash } from "./crash-point.ts";
import { StandIns } from "./stand-ins.ts";
import { nextTurn, TestDriver } from "./test-driver.ts";
import type { TestableWorkflow, TestClock, TestRun, TestRunOptions } from "./test-run.ts";
import { notFinished } from "./test-waits.ts";

const drivers = new WeakMap<object, TestDriver>();

/** What is behind a test run. Throws `bad_test_run`. */
export function driverOf(test: object): TestDriver {
  const driver = drivers.get(test);
  if (driver !== undefined) return driver;
  throw new AlderError("bad_test_run", "this takes what createTestRun() returned");
}

/**
 * Starts a run of the workflow in memory, with everything real but the process: the engine, the journal, the stream, and
 * a store that parks the run whenever it only waits. Needs no file, no server and no particular test runner; time
 * moves by the test's hand alone. Throws `bad_workflow`, `bad_mock`, `bad_crash`, `invalid_input` and `not_json`.
 *
 * @example
 * const test = createTestRun(Article, { topic: "alders" }, {
 *   mocks: [mock(Draft, ({ heading }) => `About ${heading}`)],
 * });
 * await test.signal("review", { approved: true });
 * expect(await test.output()).toMatchObject({ title: "Alders" });
 */
export function createTestRun<P extends object, O, S extends SchemaMap>(
  workflow: TestableWorkflow<P, O, S>,
  input: NoInfer<P>,
  options: TestRunOptions = {},
): TestRun<O, S> {
  const { mocks = [], unmocked = "run", crash = [], autoAdvance = true, startAt, tenant } = options;
  const definition = workflowOf(workflow);
  const json = toJson(input, `The input of workflow "${definition.name}"`);
  decodeInput(definition, json);
  if (mocks.some((candidate) => candidate.definition?.body === definition.body)) {
    throw new AlderError(
      "bad_mock",
      `workflow "${definition.name}" is what this run executes: mock what it calls`,
    );
  }
  const standIns = new StandIns(mocks, unmocked === "run");
  const crashes = new CrashPoints(Array.isArray(crash) ? crash : [crash as never]);
  const driver = new TestDriver({ workflow: definition, input: json, standIns, crashes, startAt, tenant });
  const test: TestRun<O, S> = {
    clock: clockOf(driver),
    get view() {
      return driver.view;
    },
    get events() {
      return [...driver.events];
    },
    get status() {
      return driver.view.status;
    },
    get waitsFor() {
      const { status, inputs, waitingUntil } = driver.view;
      if (status !== "waiting") return null;
      return { signals: [...new Set(inputs.map(({ name }) => name))], until: waitingUntil };
    },
    async output() {
      await end(driver, autoAdvance);
      return outputOf(driver, crashes) as O;
    },
    rest: () => driver.inTurn(() => driver.rest()),
    signal: (name, payload, signalOptions = {}) =>
      driver.inTurn(async () => {
        await driver.rest();
        await driver.checkReceiver(name, signalOptions);
        checkPayload(definition, name, payload);
        await driver.signal(name, payload, signalOptions);
      }),
    cancel: () => driver.inTurn(() => driver.cancel()),
    retry: () => driver.inTurn(() => driver.retry()),
    crash: () => driver.inTurn(() => driver.crash()),
    limit: (key) => driver.inTurn(() => driver.limit(key)),
    calls: (target) => standIns.callsOf(definitionOf(target)!) as never,
  };
  drivers.set(test, driver);
  return test;
}

/** Lets the run come to its end. Time moves only when the test has nothing else in mind. */
async function end(driver: TestDriver, autoAdvance: boolean): Promise<void> {
  for (let pauseMs = 0; ;) {
    await driver.inTurn(() => driver.rest());
    if (driver.hasEnded || driver.view.status === "blocked") return;
    if (driver.isExecuting) {
      // A promise of the test's own, or work that is real: that takes the time it takes.
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs + 1, 10);
      continue;
    }
    pauseMs = 0;
    // Whatever was asked for before time moves goes first.
    await nextTurn();
    const hasMoved = await driver.inTurn(async () => {
      const dueAt = driver.nextDueAt();
      if (!autoAdvance || dueAt === null) return false;
      await driver.moveClockTo(dueAt);
      return true;
    });
    if (!hasMoved && !driver.hasEnded && !driver.isExecuting) throw notFinished(driver, autoAdvance);
  }
}

function outputOf({ view, options }: TestDriver, crashes: CrashPoints): unknown {
  const { runId, workflow, status, output, error, blocked } = view;
  const what = `run ${runId} of workflow "${workflow}"`;
  if (status === "blocked")
    throw new AlderError("run_blocked", `${what} is blocked: ${blockedText(blocked)}`);
  if (error !== null) throw new StepError(error, runId);
  if (status !== "completed") throw new AlderError("run_cancelled", `${what} was cancelled`);
  const left = crashes.left[0];
  if (left === undefined) return decodeOutput(options.workflow, output ?? null);
  throw new AlderError(
    "no_crash",
    `${what} has completed without the crash ${describeCrash(left)}: it never came there`,
  );
}

function blockedText(blocked: TestDriver["view"]["blocked"]): string {
  const { message = "", divergence = null } = blocked ?? {};
  return divergence === null
    ? message
    : `${message} It was executed with ${JSON.stringify(divergence.was)}, and would be with ${JSON.stringify(divergence.now)}.`;
}

function clockOf(driver: TestDriver): TestClock {
  return {
    now: () => driver.clock.now(),
    advance(duration) {
      const ms = parseDuration(duration, "clock.advance()");
      return driver.inTurn(async () => {
        await driver.rest();
        const until = driver.clock.now() + ms;
        for (let dueAt = driver.nextDueAt(); dueAt !== null && dueAt <= until; dueAt = driver.nextDueAt()) {
          await driver.moveClockTo(dueAt);
        }
        await driver.moveClockTo(until);
      });
    },
  };
}

function workflowOf(workflow: object): Definition {
  const definition = definitionOf(workflow);
  if (definition?.kind === "workflow") return definition;
  throw new AlderError(
    "bad_workflow",
    "createTestRun() takes what workflow() returned as its first argument; await Component.run(props) tests a component alone",
  );
}

/** As the API does before it takes the signal. */
function checkPayload({ name: workflow, signals }: Definition, name: string, payload: unknown): void {
  const json = toJson(payload, `The payload of signal "${name}"`);
  const receiver = { kind: "signal", name, output: signals[name] } as Definition;
  try {
    decodeOutput(receiver, json);
  } catch (cause) {
    if (!hasCode(cause, "invalid_output")) throw cause;
    const { message } = cause as Error;
    throw new AlderError("invalid_payload", `Signal "${name}" of workflow "${workflow}": ${message}`, {
      cause,
    });
  }
}
