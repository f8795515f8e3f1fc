/**
 * Executes what takes the place of a component that has failed for good.
 *
 * 1. A component is executed as a step inside this one, with its own policies, journal and events: what it has finished is
 *    found again after a crash like any result (E1). Its id is told from what the failed body has called by its keys (E3).
 * 2. A function may call steps as a body may, and they are kept as a body's are.
 */
import { fallbackCycle } from "../authoring/check-fallback.ts";
import type { Definition } from "../authoring/definition.ts";
import type { FallbackRule } from "../authoring/fallback.ts";
import { StepError } from "../errors/error-data.ts";
import type { ErrorData } from "../errors/alder-error.ts";
import { addKey } from "../elements/place.ts";
import { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { inScope } from "./current-scope.ts";
import type { Execution } from "./execution.ts";
import { fallBack, fallbackEvent } from "./fall-back.ts";
import { finish } from "./finish.ts";
import type { FallbackEntry } from "./journal-entry.ts";
import { toOutcome, type Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";
import { startedEvent } from "./started.ts";

/** Its failure is in the ledger. */
export function startFallback(run: Run, call: StepCall): void {
  const failure = run.ledger.fallbacks.get(call.id)!;
  const execution = new FallbackExecution(run, call, failure);
  call.execution = execution;
  run.executing.add(call);
  execution.start().catch((error: unknown) => run.fail(error));
}

class FallbackExecution implements Execution {
  readonly #run: Run;
  readonly #call: StepCall;
  readonly #failure: FallbackEntry;
  #stopped = false;
  #scope: AsyncScope | null = null;
  over: Promise<unknown> | undefined = undefined;

  constructor(run: Run, call: StepCall, failure: FallbackEntry) {
    this.#run = run;
    this.#call = call;
    this.#failure = failure;
  }

  async start(): Promise<void> {
    const run = this.#run;
    await run.options.admit?.();
    if (this.#stopped) return;
    if (run.draining) {
      // Not begun: the run is handed over, and another worker begins it.
      run.executing.delete(this.#call);
      run.schedule();
      return;
    }
    this.#begin();
  }

  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#scope?.end(reason);
  }

  isWaiting(): boolean {
    return this.#scope?.isWaiting() ?? false;
  }

  #begin(): void {
    const [run, call] = [this.#run, this.#call];
    const { failed, error } = this.#failure;
    const { fallbacks = [] } = call.definition.policies;
    const fallback = fallbacks[failed - 1];
    // This build has it no more.
    if (fallback === undefined) return finish(run, call, { ok: false, error: formerError(this.#failure) });
    if (!call.announced) {
      run.announcer.emit(startedEvent(run, call));
      run.announcer.emit(fallbackEvent(call, fallback, error));
    }
    const cycle = cycleOf(run, call);
    if (cycle !== null) return finish(run, call, { ok: false, error: fallbackCycle(cycle) });
    const scope = (this.#scope = new AsyncScope(run, call, false, keysOf(fallbacks, failed - 1)));
    // What it calls may be in the pool.
    if (run.ledger.hasPooled) run.woke = true;
    this.over = inScope(scope, execute, scope, fallback, call, error).then(
      (value) => this.#end(toOutcome(call.definition, value)),
      (thrown: unknown) => this.#end({ ok: false, error: thrown }),
    );
  }

  #end(outcome: Outcome): void {
    if (this.#stopped) return;
    const [run, call] = [this.#run, this.#call];
    this.#scope?.end();
    if (outcome.ok) finish(run, call, { ...outcome, fallback: true });
    else if (!fallBack(run, call, outcome.error, this.#failure.failed + 1)) finish(run, call, outcome);
  }
}

async function execute(
  scope: AsyncScope,
  fallback: FallbackRule<Definition>,
  call: StepCall,
  error: ErrorData,
): Promise<unknown> {
  if (fallback.to !== null) return scope.call(fallback.definition, call.props, undefined);
  return fallback.make(error, Object.freeze({ ...call.readyProps() }));
}

/** The same however many fallbacks of other names are put before it. */
function keysOf(fallbacks: readonly FallbackRule<Definition>[], index: number): string {
  const alike = fallbacks.slice(0, index).filter(({ to }) => to === fallbacks[index]?.to).length;
  return addKey("", `fallback ${alike}`);
}

/** Names of what falls back to what, where the step is inside a fallback of an equal one. */
function cycleOf(run: Run, call: StepCall): readonly string[] | null {
  const names = [call.definition.name];
  for (let at = run.calls.get(call.scope.id); at !== undefined; at = run.calls.get(at.scope.id)) {
    if (!run.ledger.fallbacks.has(at.id)) continue;
    names.unshift(at.definition.name);
    if (at.definition.body === call.definition.body && at.content === call.content) return names;
  }
  return null;
}

/** What a failure in the journal was thrown as, for who looks at what it came from. */
function formerError({ error, from = [] }: FallbackEntry): Error {
  const { message, name, code, step } = error;
  const errors = from.map((id) => new StepError(error, id));
  return Object.assign(new Error(message), { name, code, step, errors });
}
