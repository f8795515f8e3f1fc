/**
 * Executes a component: attempt after attempt, outside React.
 *
 * 1. An attempt that fails and may be repeated is an entry first; the next starts after it was applied, and not before
 *    its backoff has passed since it was written (E7). So an owner that takes over goes on with the same backoff.
 * 2. Once the execution was stopped, whatever the body still does is ignored.
 */
import { nextDelay } from "../authoring/next-delay.ts";
import { attemptTimeoutMs, timeoutError } from "../authoring/policy.ts";
import { decodeInput, encodeOutput } from "../authoring/schema.ts";
import { workOutput } from "../authoring/work-output.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { Json } from "../protocol/json.ts";
import { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { CANCELLED } from "./cancelled.ts";
import { inScope } from "./current-scope.ts";
import type { Execution } from "./execution.ts";
import { finish } from "./finish.ts";
import { createLazyAbort, type LazyAbort } from "./lazy-abort.ts";
import { callAt } from "./long-timeout.ts";
import type { Run } from "./run.ts";
import { startCount, startedEvent } from "./started.ts";
import { componentVoice, createStepContext, writeYield } from "./step-context.ts";

export function startComponent(run: Run, call: StepCall): void {
  const execution = new ComponentExecution(run, call);
  call.execution = execution;
  run.executing.add(call);
  execution.start().catch((error: unknown) => run.fail(error));
}

class ComponentExecution implements Execution {
  readonly #run: Run;
  readonly #call: StepCall;
  #stopped = false;
  #scope: AsyncScope | null = null;
  #abort: LazyAbort | null = null;
  /** Calls of failed attempts that are still in flight. */
  readonly #carried: StepCall[] = [];
  #cancelWait: () => void = () => {};
  /** Between two attempts. */
  #isResting = false;
  resume: () => void = () => {};

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
  }

  async start(): Promise<void> {
    const run = this.#run;
    const call = this.#call;
    const { retry } = call.definition.policies;
    const { random, clock } = run.options;
    for (;;) {
      const previous = run.ledger.attempts.get(call.id);
      const failures = previous?.failures ?? 0;
      if (previous !== undefined) {
        this.#isResting = true;
        run.schedule(); // a run that is drained may have waited for this only
        await this.#until(previous.resumeAt);
        if (this.#stopped || run.draining) return;
        this.#isResting = false;
      }
      let failed: unknown;
      try {
        const value = await this.#attempt(failures + 1);
        if (this.#stopped) return;
        this.#releaseCarried();
        return finish(run, call, { ok: true, value });
      } catch (error) {
        if (this.#stopped) return;
        failed = error;
      }
      const delayMs = nextDelay(retry, failures + 1, failed, random, clock.now());
      if (delayMs === "give_up") {
        this.#releaseCarried();
        return finish(run, call, { ok: false, error: failed });
      }
      await this.#writeFailedAttempt(failures + 1, failed, delayMs);
      if (this.#stopped) return;
    }
  }

  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelWait();
    this.#abort?.abort(reason);
    this.#scope?.end(reason);
    this.#releaseCarried();
  }

  isWaiting(): boolean {
    return this.#isResting || (this.#scope?.isWaiting() ?? false);
  }

  async #attempt(attempt: number): Promise<Json> {
    const run = this.#run;
    const call = this.#call;
    const { definition } = call;
    const event = startedEvent(run, call);
    const scope = (this.#scope = new AsyncScope(run, call, false));
    const abort = (this.#abort = createLazyAbort());
    const step = createStepContext({
      run,
      call,
      attempt,
      signal: abort.signal,
      voice: componentVoice(run, startCount(run, call), () => scope.ended),
    });
    run.announcer.emit(event);
    // What a new attempt's body asks for may be in the pool.
    if (run.ledger.hasPooled) run.woke = true;
    try {
      const props = decodeInput(definition, call.readyProps());
      const onYield = (chunk: unknown): Promise<void> => writeYield(step, chunk);
      const work = inScope(scope, async () => workOutput(definition.body?.(props as never, step), onYield));
      return encodeOutput(definition, await this.#withTimeout(work, scope, abort));
    } finally {
      // Requests made with its signal end with the attempt (E6); calls in flight may be the next one's, too (E7).
      this.#carried.push(...scope.hand(this.#stopped ? CANCELLED : undefined));
      abort.abort(CANCELLED);
    }
  }

  #releaseCarried(): void {
    for (const call of this.#carried.splice(0)) this.#run.release(call);
  }

  async #withTimeout(work: Promise<unknown>, scope: AsyncScope, abort: LazyAbort): Promise<unknown> {
    const { name, policies } = this.#call.definition;
    const limitMs = attemptTimeoutMs(policies.timeout);
    if (limitMs === undefined) return work;
    const { clock } = this.#run.options;
    return new Promise((resolve, reject) => {
      const clear = callAt(clock, clock.now() + limitMs, () => {
        const error = timeoutError(name, limitMs);
        abort.abort(error);
        // What took too long may be a call: the next attempt makes it anew.
        scope.end(error);
        reject(error);
      });
      this.#cancelWait = clear;
      work.then(resolve, reject).finally(clear);
    });
  }

  /** Resolves when the entry has been applied. */
  #writeFailedAttempt(failures: number, error: unknown, delayMs: number): Promise<void> {
    const run = this.#run;
    const { id, definition, scope } = this.#call;
    const outer = scope.outer.length === 0 ? {} : { outer: scope.outer };
    return new Promise((resolve) => {
      this.resume = resolve;
      run.writer.write(
        {
          type: "step.retrying",
          step: id,
          attempt: startCount(run, this.#call),
          error: toErrorData(error, definition.name),
          until: run.options.clock.now() + delayMs,
        },
        { t: "attempt", id, scope: scope.id, ...outer, failures, delayMs },
      );
    });
  }

  #until(at: number): Promise<void> | undefined {
    const { clock } = this.#run.options;
    if (at <= clock.now()) return undefined;
    return new Promise((resolve) => {
      const clear = callAt(clock, at, resolve);
      this.#cancelWait = () => {
        clear();
        resolve();
      };
    });
  }
}
