/**
 * Executes a component: attempt after attempt, outside React.
 *
 * 1. An attempt that fails and may be repeated is an entry first; the next starts after it was applied, and not before
 *    its backoff has passed since it was written (E7). So an owner that takes over goes on with the same backoff.
 * 2. Once the execution was stopped, whatever the body still does is ignored.
 * 3. How often it has failed is what the ledger says when it fails: a new attempt of what is around it may have forgotten
 *    earlier failures meanwhile, and an owner that takes over knows the ledger only (E2).
 * 4. One that a workflow called, and that waits to try again, only waits: its run may be parked meanwhile (E11).
 *    So does one that waits for a permit, where it is known until when.
 * 5. There is no next attempt where it would begin after the time of all: the last failure is the step's.
 */
import { nextDelay } from "../authoring/next-delay.ts";
import { timeoutError, timeoutMs } from "../authoring/policy.ts";
import { decodeInput } from "../authoring/schema.ts";
import type { Step } from "../authoring/step.ts";
import { createTimeLimits, UNLIMITED, type TimeLimits } from "../authoring/time-limits.ts";
import { workOutput } from "../authoring/work-output.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { EventBody } from "../protocol/events.ts";
import { AsyncScope } from "./async-scope.ts";
import { AttemptPermits, isLimited } from "./attempt-permits.ts";
import type { StepCall } from "./call.ts";
import { CANCELLED } from "./cancelled.ts";
import { inScope } from "./current-scope.ts";
import type { Execution } from "./execution.ts";
import { fallBack } from "./fall-back.ts";
import { startFallback } from "./fallback-execution.ts";
import { finish } from "./finish.ts";
import type { HeldPermit } from "./held-permit.ts";
import { LazyAbort } from "./lazy-abort.ts";
import type { FailedAttempts } from "./ledger.ts";
import { toOutcome, type Outcome } from "./outcome.ts";
import { callAt } from "../internal/long-timeout.ts";
import type { Run } from "./run.ts";
import { startCount, startedEvent } from "./started.ts";
import { cacheDeskOf, StepCache, takeHit } from "./step-cache.ts";
import { StepContext, writeYield } from "./step-context.ts";
import { ComponentVoice } from "./step-voice.ts";

export function startComponent(run: Run, call: StepCall): void {
  if (run.ledger.fallbacks.has(call.id)) return startFallback(run, call);
  const execution = new ComponentExecution(run, call);
  call.execution = execution;
  run.executing.add(call);
  execution.start();
}

class ComponentExecution implements Execution {
  readonly #run: Run;
  readonly #call: StepCall;
  #stopped = false;
  #scope: AsyncScope | null = null;
  #abort: LazyAbort | null = null;
  #limits: TimeLimits | null = null;
  #permits: AttemptPermits | null = null;
  #voice: ComponentVoice | null = null;
  /** Calls of failed attempts that are still in flight. */
  #carried: StepCall[] | null = null;
  #endRest: (() => void) | null = null;
  readonly #cache: StepCache | null;
  /** When the next attempt may start; null but between two attempts, and where its permits depend on others. */
  deadline: number | null = null;
  over: Promise<unknown> | undefined = undefined;
  resume: (() => void) | undefined = undefined;

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
    const desk = cacheDeskOf(run, call);
    this.#cache = desk === undefined ? null : new StepCache(run, call, desk);
  }

  /** Starts the next attempt: at once, unless its time has not come, or it is to be seen first that the run is still ours. */
  start(): void {
    const run = this.#run;
    const previous = run.ledger.attempts.get(this.#call.id);
    const isFirst = previous === undefined && this.#cache === null && !isLimited(run, this.#call);
    const admitted = isFirst ? run.options.admit?.() : undefined;
    if (isFirst && admitted === undefined) this.#attempt(1);
    else this.#startLater(previous, admitted).catch((error: unknown) => run.fail(error));
  }

  async #startLater(
    previous: FailedAttempts | undefined,
    admitted: Promise<void> | undefined,
  ): Promise<void> {
    const run = this.#run;
    if (previous !== undefined) {
      this.#rest(previous.resumeAt);
      await this.#until(previous.resumeAt);
      if (this.#stopped || run.draining) return;
      this.#goOn();
    }
    if (this.#cache !== null && !(await this.#findCached(this.#cache))) return;
    // Stopped since it was answered: what it took now, nobody would give back.
    if (this.#stopped) return;
    if (isLimited(run, this.#call) && !(await this.#takePermits())) return;
    await (admitted ?? run.options.admit?.());
    if (this.#stopped) return;
    if (run.draining) return this.#giveUp();
    this.#attempt(this.#failures() + 1);
  }

  /** False where the attempt does not begin: it was stopped, or has failed because a circuit is open. */
  async #takePermits(): Promise<boolean> {
    const [run, call] = [this.#run, this.#call];
    const permits = (this.#permits = new AttemptPermits(run, call, this.#failures() + 1));
    // What no attempt may begin after: none has begun where nothing is armed.
    const endsAt = run.ledger.armed.get(call.id) ?? Infinity;
    const tooLate = (): void =>
      permits.fail(timeoutError(call.definition.name, "total", this.#totalMs() ?? 0));
    const clear = endsAt === Infinity ? undefined : callAt(run.options.clock, endsAt, tooLate);
    try {
      await permits.take((until) => (until === null ? this.#goOn() : this.#rest(Math.min(until, endsAt))));
      return !this.#stopped;
    } catch (error) {
      if (this.#stopped) return false;
      this.#goOn();
      run.announcer.emit(startedEvent(run, call));
      this.#take({ ok: false, error });
      return false;
    } finally {
      clear?.();
    }
  }

  heldPermit(key: string): HeldPermit | undefined {
    return this.#permits?.heldOf(key);
  }

  get holdsPermit(): boolean {
    return this.#permits?.isHolding ?? false;
  }

  /** False where the step is not to be executed: its result was found, or nobody waits for it any more. */
  async #findCached(cache: StepCache): Promise<boolean> {
    const run = this.#run;
    // What no attempt may begin after: none has begun where nothing is armed.
    const endsAt = run.ledger.armed.get(this.#call.id);
    if (endsAt !== undefined) this.#endRest = callAt(run.options.clock, endsAt, () => cache.stopWaiting());
    const hit = await cache.find();
    if (endsAt !== undefined) this.#endRest?.();
    if (hit === null || this.#stopped) return !this.#stopped;
    finish(run, this.#call, takeHit(run, this.#call, hit));
    return false;
  }

  get cacheKey(): string | undefined {
    return this.#cache?.key;
  }

  get tokensUsed(): number | undefined {
    return this.#voice?.tokensUsed;
  }

  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#permits?.stop(this.tokensUsed);
    this.#cache?.stop();
    this.#limits?.clear();
    this.#endRest?.();
    this.#abort?.abort(reason);
    this.#scope?.end(reason);
    this.#releaseCarried();
  }

  isWaiting(): boolean {
    if (this.deadline !== null || this.#cache?.isWaiting || this.#permits?.isWaiting) return true;
    return this.#scope?.isWaiting() ?? false;
  }

  /** How often it has failed, as far as that belongs to the attempt of what is around it. */
  #failures(): number {
    return this.#run.ledger.attempts.get(this.#call.id)?.failures ?? 0;
  }

  #rest(until: number): void {
    const run = this.#run;
    if (this.deadline === until) return;
    this.deadline = until;
    if (!this.#call.scope.inComponent) {
      run.executing.delete(this.#call);
      run.waits.add(this.#call);
    }
    run.schedule(); // a run that comes to rest, or is drained, may have waited for this only
  }

  /** Not started after all: the run is handed over, and another worker starts it. */
  #giveUp(): void {
    this.#permits?.giveBack();
    this.#cache?.stop();
    this.#run.executing.delete(this.#call);
    this.#run.schedule();
  }

  #goOn(): void {
    this.deadline = null;
    this.#run.waits.delete(this.#call);
    this.#run.executing.add(this.#call);
  }

  #attempt(attempt: number): void {
    const run = this.#run;
    const call = this.#call;
    const event = startedEvent(run, call);
    const scope = (this.#scope = new AsyncScope(run, call, false));
    const abort = (this.#abort = new LazyAbort());
    const limits = (this.#limits = this.#createLimits(scope, abort));
    const voice = (this.#voice = new ComponentVoice(run, call, limits.heard));
    const heard = this.#cache?.listen(voice) ?? voice;
    const step = new StepContext({ call, scope, attempt, abort, voice: heard });
    this.#sayStarted(event);
    // What a new attempt's body asks for may be in the pool.
    if (run.ledger.hasPooled) run.woke = true;
    const expired = limits.expired();
    if (expired !== null) return this.#end({ ok: false, error: expired });
    const work = inScope(scope, executeBody, call, step);
    this.over = work;
    limits.within(work).then(
      (value) => this.#end(toOutcome(call.definition, value)),
      (error: unknown) => this.#end({ ok: false, error }),
    );
  }

  /** The attempt has come to its end, if it was not stopped before. */
  #end(outcome: Outcome): void {
    try {
      // Requests made with its signal end with the attempt (E6); calls in flight may be the next one's, too (E7).
      const inFlight = this.#scope?.hand(this.#stopped ? CANCELLED : undefined) ?? [];
      if (inFlight.length > 0) this.#carried = [...(this.#carried ?? []), ...inFlight];
      this.#abort?.abort(CANCELLED);
      if (this.#stopped) return;
      this.#permits?.end(outcome, this.tokensUsed);
      this.#take(outcome);
    } catch (error) {
      this.#run.fail(error);
    }
  }

  #take(outcome: Outcome): void {
    const run = this.#run;
    const failures = this.#failures() + 1;
    const delayMs = outcome.ok ? "give_up" : this.#delayAfter(failures, outcome.error);
    if (outcome.ok || delayMs === "give_up") {
      this.#releaseCarried();
      const end = this.#cache?.end(outcome) ?? outcome;
      if (end.ok || !fallBack(run, this.#call, end.error)) finish(run, this.#call, end);
    } else this.#tryAgain(failures, outcome.error, delayMs).catch((error: unknown) => run.fail(error));
  }

  #delayAfter(failures: number, error: unknown): number | "give_up" {
    const { random, clock } = this.#run.options;
    const now = clock.now();
    const delayMs = nextDelay(this.#call.definition.policies.retry, failures, error, random, now);
    const isTooLate = delayMs !== "give_up" && now + delayMs >= (this.#limits?.totalEndsAt ?? Infinity);
    return isTooLate ? "give_up" : delayMs;
  }

  async #tryAgain(failures: number, error: unknown, delayMs: number): Promise<void> {
    await this.#writeFailedAttempt(failures, error, delayMs);
    if (!this.#stopped) this.start();
  }

  #releaseCarried(): void {
    const carried = this.#carried;
    this.#carried = null;
    for (const call of carried ?? []) this.#run.release(call);
  }

  #createLimits(scope: AsyncScope, abort: LazyAbort): TimeLimits {
    const { definition } = this.#call;
    if (definition.policies.timeout === undefined) return UNLIMITED;
    return createTimeLimits({
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
  }

  /** In a workflow it follows from the journal; where the step's clock is its own, it is in the journal. */
  #firstStart(): number {
    if (!this.#hasOwnClock) return this.#call.readyAt;
    const deadline = this.#run.ledger.armed.get(this.#call.id);
    const totalMs = this.#totalMs();
    return deadline === undefined || totalMs === undefined
      ? this.#run.options.clock.now()
      : deadline - totalMs;
  }

  /** In a component, and where a first attempt starts when it is given a permit, or when nobody else makes the same. */
  get #hasOwnClock(): boolean {
    return this.#call.scope.inComponent || this.#cache !== null || isLimited(this.#run, this.#call);
  }

  #totalMs(): number | undefined {
    return timeoutMs(this.#call.definition.policies.timeout, "total");
  }

  #sayStarted(event: EventBody): void {
    const run = this.#run;
    const { id } = this.#call;
    const totalMs = this.#totalMs();
    if (totalMs === undefined || !this.#hasOwnClock || run.ledger.armed.has(id))
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
      this.#endRest = () => {
        clear();
        resolve();
      };
    });
  }
}

function executeBody(call: StepCall, step: Step): Promise<unknown> {
  const { definition } = call;
  return workOutput(
    () => definition.body?.(decodeInput(definition, call.readyProps()) as never, step),
    (chunk) => writeYield(step, chunk),
  );
}
