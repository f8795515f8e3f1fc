/**
 * Executes a component: attempt after attempt, outside React.
 *
 * 1. An attempt that fails and may be repeated is an entry first; the next starts after it was applied, and not before
 *    its backoff has passed since it was written (E7). So an owner that takes over goes on with the same backoff.
 * 2. Once the execution was stopped, whatever the body still does is ignored.
 * 3. One that a workflow called, and that waits to try again, only waits: its run may be parked meanwhile (E11).
 */
import { nextDelay } from "../authoring/next-delay.ts";
import { isTotalTimeout, timeoutMs } from "../authoring/policy.ts";
import { decodeInput, encodeOutput } from "../authoring/schema.ts";
import { createTimeLimits, type TimeLimits } from "../authoring/time-limits.ts";
import { workOutput } from "../authoring/work-output.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { EventBody } from "../protocol/events.ts";
import type { Json } from "../protocol/json.ts";
import { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { CANCELLED } from "./cancelled.ts";
import { inScope } from "./current-scope.ts";
import type { Execution } from "./execution.ts";
import { finish } from "./finish.ts";
import { createLazyAbort, type LazyAbort } from "./lazy-abort.ts";
import { callAt } from "../internal/long-timeout.ts";
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
  #carried: StepCall[] | null = null;
  #cancelWait: () => void = () => {};
  /** When the next attempt may start; null but between two attempts. */
  deadline: number | null = null;
  over: Promise<unknown> | undefined;
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
        this.#rest(previous.resumeAt);
        await this.#until(previous.resumeAt);
        if (this.#stopped || run.draining) return;
        this.#goOn();
      }
      const admitted = run.options.admit?.();
      if (admitted !== undefined) {
        await admitted;
        if (this.#stopped) return;
        if (run.draining) return this.#giveUp();
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
      if (delayMs === "give_up" || isTotalTimeout(failed)) {
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
    return this.deadline !== null || (this.#scope?.isWaiting() ?? false);
  }

  #rest(until: number): void {
    const run = this.#run;
    this.deadline = until;
    if (!this.#call.scope.inComponent) {
      run.executing.delete(this.#call);
      run.waits.add(this.#call);
    }
    run.schedule(); // a run that comes to rest, or is drained, may have waited for this only
  }

  /** Not started after all: the run is handed over, and another worker starts it. */
  #giveUp(): void {
    this.#run.executing.delete(this.#call);
    this.#run.schedule();
  }

  #goOn(): void {
    this.deadline = null;
    this.#run.waits.delete(this.#call);
    this.#run.executing.add(this.#call);
  }

  async #attempt(attempt: number): Promise<Json> {
    const run = this.#run;
    const call = this.#call;
    const { definition } = call;
    const event = startedEvent(run, call);
    const scope = (this.#scope = new AsyncScope(run, call, false));
    const abort = (this.#abort = createLazyAbort());
    const limits = this.#limits(scope, abort);
    const step = createStepContext({
      run,
      call,
      scope,
      attempt,
      signal: abort.signal,
      voice: componentVoice(run, startCount(run, call), () => scope.ended, limits.heard),
    });
    this.#sayStarted(event);
    // What a new attempt's body asks for may be in the pool.
    if (run.ledger.hasPooled) run.woke = true;
    try {
      const props = decodeInput(definition, call.readyProps());
      const onYield = (chunk: unknown): Promise<void> => writeYield(step, chunk);
      const begin = (): unknown => definition.body?.(props as never, step);
      const work = inScope(scope, () => workOutput(begin, onYield));
      this.over = work;
      return encodeOutput(definition, await limits.within(work));
    } finally {
      // Requests made with its signal end with the attempt (E6); calls in flight may be the next one's, too (E7).
      for (const inFlight of scope.hand(this.#stopped ? CANCELLED : undefined)) {
        (this.#carried ??= []).push(inFlight);
      }
      abort.abort(CANCELLED);
    }
  }

  #releaseCarried(): void {
    const carried = this.#carried;
    this.#carried = null;
    for (const call of carried ?? []) this.#run.release(call);
  }

  #limits(scope: AsyncScope, abort: LazyAbort): TimeLimits {
    const { definition } = this.#call;
    const limits = createTimeLimits({
      name: definition.name,
      policy: definition.policies.timeout,
      startedAt: this.#firstStart(),
      clock: this.#run.options.clock,
      onTimeout(error) {
        abort.abort(error);
        // What took too long may be a call: the next attempt makes it anew.
        scope.end(error);
      },
    });
    this.#cancelWait = limits.clear;
    return limits;
  }

  /** In a workflow it follows from the journal; in a component, whose clock is its own, it is in the journal. */
  #firstStart(): number {
    const call = this.#call;
    if (!call.scope.inComponent) return call.askedAt;
    const deadline = this.#run.ledger.armed.get(call.id);
    const totalMs = this.#totalMs();
    return deadline === undefined || totalMs === undefined
      ? this.#run.options.clock.now()
      : deadline - totalMs;
  }

  #totalMs(): number | undefined {
    return timeoutMs(this.#call.definition.policies.timeout, "total");
  }

  #sayStarted(event: EventBody): void {
    const run = this.#run;
    const { id, scope } = this.#call;
    const totalMs = this.#totalMs();
    if (totalMs === undefined || !scope.inComponent || run.ledger.armed.has(id))
      return run.announcer.emit(event);
    run.writer.write(event, { t: "armed", id, deadline: run.options.clock.now() + totalMs });
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
