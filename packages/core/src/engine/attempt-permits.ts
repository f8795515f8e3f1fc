/**
 * The permits of one attempt.
 *
 * 1. They are taken one after the other, in the order of their keys, before the attempt starts, and given back when it
 *    ends: between two attempts a step holds none.
 * 2. A step inside a component that holds a permit of the same key shares its slot, which is given back when the last of
 *    them has ended: the component would wait for ever for a slot that it holds itself.
 * 3. Nothing of it is in the journal: it decides when a step executes, never what it comes to (E2).
 */
import { circuitOpen } from "../authoring/circuit-open.ts";
import { type Limit, mergeLimits, NO_LIMITS } from "../authoring/limit.ts";
import { healthOf, retryAfterOf } from "../authoring/provider-health.ts";
import type { LimitNumbers } from "../store/limits.ts";
import type { StepCall } from "./call.ts";
import { HeldPermit, UNUSED } from "./held-permit.ts";
import type { Outcome } from "./outcome.ts";
import type { Permit, PermitDesk, PermitUse, PermitWait } from "./permit-desk.ts";
import type { Run } from "./run.ts";
import { waitingEvent } from "./started.ts";

/** A pause that is made longer by less is no news. */
const NEWS_MS = 1000;
/**
 * So long before its turn may come a parked run is executed again: to find a worker and to replay takes time, and a turn at
 * which nobody is there is another's.
 */
const BACK_EARLY_MS = 1000;

/** True of a step that has limits, where there is anything to limit it. */
export function isLimited({ options }: Run, { definition, limits }: StepCall): boolean {
  return options.permits !== undefined && (limits.length > 0 || definition.policies.limits !== undefined);
}

export class AttemptPermits {
  readonly #run: Run;
  readonly #call: StepCall;
  readonly #desk: PermitDesk;
  readonly #id: string;
  readonly #held = new Map<string, HeldPermit>();
  /** Permits beside a shared slot. */
  readonly #beside: Permit[] = [];
  readonly #shared: HeldPermit[] = [];
  #asking: Permit | null = null;
  #said: (PermitWait & { readonly key: string }) | null = null;
  #isOver = false;
  #reject: ((error: unknown) => void) | null = null;
  isWaiting = false;

  constructor(run: Run, call: StepCall, attempt: number) {
    this.#run = run;
    this.#call = call;
    this.#desk = run.options.permits!;
    this.#id = `${call.id}:${attempt}`;
  }

  /**
   * Resolves once it has all of them, and never after `giveBack`. `onWait` is called whenever it is known until when it
   * waits, or known no longer. Throws `circuit_open`.
   */
  async take(onWait: (until: number | null) => void): Promise<void> {
    this.isWaiting = true;
    try {
      for (const limit of this.#limits) await this.#takeOne(limit, onWait);
    } catch (error) {
      this.giveBack();
      throw error;
    } finally {
      this.isWaiting = false;
    }
  }

  /** It has waited for too long. */
  fail(error: unknown): void {
    this.#reject?.(error);
  }

  get isHolding(): boolean {
    return !this.#isOver && this.#held.size > 0;
  }

  heldOf(key: string): HeldPermit | undefined {
    return this.#isOver ? undefined : this.#held.get(key);
  }

  /** Nobody waits for the attempt any more. */
  stop(tokens: number | undefined): void {
    this.giveBack(this.isWaiting ? UNUSED : toUse("none", tokens));
  }

  /** The attempt has come to its end: what that says of the provider is told to all who share its limits. */
  end(outcome: Outcome, tokens: number | undefined): void {
    if (this.#isOver) return;
    if (outcome.ok) return this.giveBack(toUse("ok", tokens));
    const { clock } = this.#run.options;
    const retryAfterMs = retryAfterOf(outcome.error, clock.now());
    if (retryAfterMs !== undefined) {
      for (const { key } of this.#own) this.#desk.pause(key, clock.now() + retryAfterMs);
    }
    this.giveBack(toUse(healthOf(outcome.error, retryAfterMs !== undefined), tokens));
  }

  /** Gives back whatever it has, places in lines too. */
  giveBack(use: PermitUse = UNUSED): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#asking?.giveBack(UNUSED);
    for (const permit of this.#beside) permit.giveBack(use);
    for (const held of this.#shared) held.leave();
    for (const held of this.#held.values()) if (!this.#shared.includes(held)) held.leave(use);
  }

  get #limits(): readonly Limit[] {
    return mergeLimits(this.#call.limits, this.#call.definition.policies.limits ?? NO_LIMITS);
  }

  /** What a provider says is about the component's own limits, where it has some, and not about what is around it. */
  get #own(): readonly Limit[] {
    return this.#call.definition.policies.limits ?? this.#call.limits;
  }

  async #takeOne(limit: Limit, onWait: (until: number | null) => void): Promise<void> {
    const around = heldAround(this.#run, this.#call, limit.key);
    if (around !== undefined) {
      this.#held.set(limit.key, around.share());
      this.#shared.push(around);
      if (isSlotOnly(limit)) return;
    }
    const permit = await this.#ask(limit, around === undefined, onWait);
    if (around === undefined) this.#held.set(limit.key, new HeldPermit(permit));
    else this.#beside.push(permit);
  }

  #ask(limit: Limit, slot: boolean, onWait: (until: number | null) => void): Promise<Permit> {
    const { definition, label } = this.#call;
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      const permit = this.#desk.ask({
        limit,
        id: this.#id,
        slot,
        onGranted: () => {
          this.#asking = null;
          onWait(null);
          resolve(permit);
        },
        onWaiting: (wait) => {
          this.#say(limit.key, wait);
          onWait(this.#backAt(wait.until));
        },
        onOpen: (until) => {
          this.#asking = null;
          reject(circuitOpen(definition.name, label, limit.key, until));
        },
        onLost: () => this.#run.announcer.emit(lost(this.#call, limit.key)),
        onConflict: (numbers, applies) =>
          this.#run.announcer.emit(conflicting(this.#call, limit, numbers, applies)),
      });
      this.#asking = permit;
    });
  }

  /** Who is back waits for the turn itself: on a worker that parks at once (`parkAfterMs: 0`) it is parked once more, not for ever. */
  #backAt(until: number | null): number | null {
    const isFar = until !== null && until - BACK_EARLY_MS > this.#run.options.clock.now();
    return isFar ? until - BACK_EARLY_MS : until;
  }

  /** Once for each reason: a place in a line changes all the time. */
  #say(key: string, wait: PermitWait): void {
    const said = this.#said;
    const isSame = said !== null && said.key === key && said.reason === wait.reason;
    const isLonger = wait.reason === "paused" && (wait.until ?? 0) - (said?.until ?? 0) > NEWS_MS;
    if (isSame && !isLonger) return;
    this.#said = { key, ...wait };
    this.#run.announcer.emit(waitingEvent(this.#run, this.#call, key, wait));
  }
}

function toUse(outcome: PermitUse["outcome"], tokens: number | undefined): PermitUse {
  return tokens === undefined ? { outcome } : { outcome, tokens };
}

function isSlotOnly({ numbers: { rate, tokens, breaker } }: Limit): boolean {
  return rate === undefined && tokens === undefined && breaker === undefined;
}

/** What the nearest component around the step holds of the key. */
function heldAround(run: Run, { scope }: StepCall, key: string): HeldPermit | undefined {
  if (!scope.inComponent) return undefined;
  for (const id of [scope.id, ...scope.outer]) {
    const held = run.calls.get(id)?.execution?.heldPermit?.(key);
    if (held !== undefined) return held;
  }
  return undefined;
}

function conflicting({ id }: StepCall, { key, numbers: own }: Limit, others: LimitNumbers, applies: boolean) {
  const [here, elsewhere] = [JSON.stringify(own), JSON.stringify(others)];
  const message =
    `limit "${key}" is ${here} on this worker and ${elsewhere} on another: ${applies ? elsewhere : here} holds, which is of the ` +
    "worker that started later. Deploy one definition to all of them";
  return { type: "log", level: "warn", message, step: id, fields: { code: "limit_conflict" } } as const;
}

function lost({ id, label }: StepCall, key: string) {
  const message =
    `the permit of limit "${key}" that ${label} has was given to another step, as this worker was not heard for a whole lease: ` +
    "for as long as both execute, more do than the limit allows";
  return { type: "log", level: "warn", message, step: id } as const;
}
