/**
 * A step whose output is kept for others, before it executes and when it ends.
 *
 * 1. Its output is looked for before its attempts, once the journal has none: what is in the journal is never looked for
 *    (E1). What is found becomes the step's result like any other, with an entry of its own.
 * 2. Of those that need the same, one leads: it keeps its task over all its attempts, and gives it up when it fails for
 *    good, is stopped, or leaves this worker. Then another leads: failures are kept for nobody.
 * 3. A step never waits for one that waits for it: inside a component that is making the same value it just executes. Nor
 *    does it wait inside one that holds a permit of a limit, as who makes the value may wait for that.
 * 4. A value that does not fit the output schema is none: it is made anew, and replaced.
 */
import { decodeOutput } from "../authoring/schema.ts";
import { messageOf } from "../errors/message-of.ts";
import type { Json } from "../protocol/json.ts";
import type { CacheClaim, CacheDesk, CacheNeed } from "./cache-desk.ts";
import { cacheKey, fromCached, toCached, type CachedOutput } from "./cached-output.ts";
import type { StepCall } from "./call.ts";
import type { Applied, SuccessEntry, WrittenText } from "./journal-entry.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";
import { startCount, startedEvent, waitsForValue } from "./started.ts";
import { TextRecorder } from "./text-recorder.ts";
import type { StepVoice } from "./step-voice.ts";

export type CacheHit = CachedOutput & {
  /** When it was made, store time. */
  readonly at: number;
};

/** The desk where the step asks; undefined for one whose output is kept nowhere. */
export function cacheDeskOf(run: Run, { definition }: StepCall): CacheDesk | undefined {
  const rule = definition.policies.cache;
  if (rule === undefined) return undefined;
  return rule.scope === "run" ? run.cache : run.options.cache;
}

export class StepCache {
  readonly key: string;
  readonly #run: Run;
  readonly #call: StepCall;
  readonly #desk: CacheDesk;
  #claim: CacheClaim | null = null;
  #state: "new" | "asking" | "waiting" | "leading" | "alone" | "over" = "new";
  #texts: TextRecorder | null = null;
  #hasSaidWaiting = false;
  #goOn: ((hit: CacheHit | null) => void) | null = null;

  constructor(run: Run, call: StepCall, desk: CacheDesk) {
    this.#run = run;
    this.#call = call;
    this.#desk = desk;
    this.key = cacheKey(call.definition.policies.cache!, run.options.tenant ?? "", call);
  }

  /** Another makes the value. */
  get isWaiting(): boolean {
    return this.#state === "waiting";
  }

  /** What is to be the step's result; null where the step is to be executed. Never resolves after `stop`. */
  find(): Promise<CacheHit | null> {
    if (this.#state !== "new") return Promise.resolve(null);
    if (isMadeAround(this.#run, this.#call, this.key)) {
      this.#state = "alone";
      return Promise.resolve(null);
    }
    return new Promise((resolve) => {
      this.#goOn = resolve;
      this.#ask(this.#call.definition.policies.cache!.isRefresh ? { takeOver: true } : {});
    });
  }

  /** Does without the value that another makes. */
  stopWaiting(): void {
    if (this.#state === "waiting" || this.#state === "asking") this.#executeAlone();
  }

  /** Notes what an attempt writes, where others will want it. */
  listen(voice: StepVoice): StepVoice {
    if (this.#state !== "leading") return voice;
    return (this.#texts = new TextRecorder(voice));
  }

  /** The step has come to its end, by executing. Returns what is to be written of it. */
  end(outcome: Outcome): Outcome {
    const claim = this.#claim;
    if (this.#state !== "leading" || claim === null) return outcome;
    this.#state = "over";
    this.#claim = null;
    const cached = outcome.ok ? toCached(outcome.value, this.#texts?.texts ?? NO_TEXTS) : undefined;
    if (cached === undefined || !this.#fits(cached)) {
      claim.giveUp();
      return outcome;
    }
    claim.fill(cached);
    return withText(this.#call, outcome, cached.text);
  }

  /** Nobody waits for the step here any more. */
  stop(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#goOn = null;
    this.#claim?.giveUp();
    this.#claim = null;
  }

  #ask(how: Pick<CacheNeed, "newerThan" | "takeOver">): void {
    const { definition, id } = this.#call;
    const { scope, ttlMs } = definition.policies.cache!;
    const { runId, tenant } = this.#run.options;
    this.#state = "asking";
    this.#claim = this.#desk.ask({
      key: this.key,
      component: definition.name,
      tenant: scope === "global" ? null : (tenant ?? ""),
      holder: `${runId}:${id}`,
      ttlMs,
      ...how,
      onHit: (value, at) => this.#take(value, at),
      onLead: () => {
        this.#state = "leading";
        this.#goOn?.(null);
      },
      onWaiting: () => this.#wait(),
    });
  }

  #take(value: Json, at: number): void {
    const cached = fromCached(value);
    const misfit = cached === undefined ? "it is of another version of Alder" : this.#misfitOf(cached.output);
    if (cached === undefined || misfit !== null) {
      this.#run.announcer.emit(mismatch(this.#call, misfit ?? ""));
      return this.#ask({ newerThan: at });
    }
    this.#state = "over";
    this.#claim = null;
    this.#goOn?.({ ...cached, at });
  }

  #wait(): void {
    if (holdsPermitAround(this.#run, this.#call)) return this.#executeAlone();
    this.#state = "waiting";
    // A run that is drained, or at rest, may have waited for this to be known.
    this.#run.schedule();
    if (this.#hasSaidWaiting) return;
    this.#hasSaidWaiting = true;
    this.#run.announcer.emit(waitsForValue(this.#run, this.#call));
  }

  #executeAlone(): void {
    this.#state = "alone";
    this.#claim?.giveUp();
    this.#claim = null;
    this.#goOn?.(null);
  }

  /** Text is not part of an output, and may be longer than one. */
  #fits(cached: CachedOutput): boolean {
    const { maxValueLength } = this.#run.options;
    const length = JSON.stringify(cached).length;
    if (length <= 2 * maxValueLength) return true;
    const { id, label } = this.#call;
    const message =
      `The output of ${label} is not kept in the cache: with the text it has written it is ${length} characters long, ` +
      `more than twice maxValueLength. Let it write less, or raise maxValueLength on the worker.`;
    this.#run.announcer.emit({ type: "log", level: "warn", message, step: id });
    return false;
  }

  #misfitOf(output: Json): string | null {
    try {
      decodeOutput(this.#call.definition, output);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** The step is not executed: it shows what the one has shown that made its output. Returns its outcome. */
export function takeHit(run: Run, call: StepCall, { output, text, at }: CacheHit): Outcome {
  const { announcer } = run;
  announcer.emit(startedEvent(run, call));
  const attempt = startCount(run, call);
  for (const [stream, written] of Object.entries(text)) {
    const delta = written ?? output;
    if (typeof delta === "string" && delta !== "")
      announcer.emit({ type: "chunk", step: call.id, attempt, stream, offset: 0, delta });
  }
  announcer.emit({ type: "step.cached", step: call.id, cachedAt: at });
  return withText(call, { ok: true, value: output, cachedAt: at }, text);
}

/** The journal has given a step its result: equal ones of the run may have it, too, if it tells the text to it. */
export function noteCached(run: Run, call: StepCall, entry: Applied<SuccessEntry>): void {
  const rule = call.definition.policies.cache;
  if (rule?.scope !== "run" || entry.text === undefined) return;
  const cached: CachedOutput = { output: entry.value, text: entry.text };
  const key = cacheKey(rule, run.options.tenant ?? "", call);
  run.cache.note(key, cached, entry.cachedAt ?? entry.at, rule.ttlMs);
}

/** Of what the run itself shares, the journal must tell the text, too: nothing else outlives a crash. */
function withText({ definition }: StepCall, outcome: Outcome, text: WrittenText): Outcome {
  return outcome.ok && definition.policies.cache?.scope === "run" ? { ...outcome, text } : outcome;
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** Ids of the components around the step, and of what is between them. */
function around({ scope }: StepCall): readonly string[] {
  return scope.inComponent ? [scope.id, ...scope.outer] : [];
}

function isMadeAround(run: Run, call: StepCall, key: string): boolean {
  return around(call).some((id) => run.calls.get(id)?.execution?.cacheKey === key);
}

function holdsPermitAround(run: Run, call: StepCall): boolean {
  return around(call).some((id) => run.calls.get(id)?.execution?.holdsPermit);
}

function mismatch({ id, definition }: StepCall, why: string) {
  const message =
    `A cached output of ${definition.name} no longer fits: ${why}. The step is executed, and its output replaces that one. ` +
    `Give .cache() another version when the outputs of ${definition.name} change.`;
  return { type: "log", level: "warn", message, step: id, fields: { code: "cache_mismatch" } } as const;
}
