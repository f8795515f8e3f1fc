/** How a body is heard in the stream. */
import type { Usage } from "../authoring/step.ts";
import { canonicalJson } from "../internal/canonical-json.ts";
import { RareMap } from "../internal/rare-map.ts";
import type { EventBody } from "../protocol/events.ts";
import { ONCE } from "./announcer.ts";
import type { StepCall } from "./call.ts";
import { digest } from "./identity.ts";
import type { Run } from "./run.ts";
import { startCount } from "./started.ts";
import { usageEntry, usageEvent } from "./usage.ts";

export interface StepVoice {
  /** Counts every start, recoveries included (E9); null for a workflow, which does not write. */
  readonly chunkAttempt: number | null;
  say(event: EventBody): void;
  /** Says what was used; the journal keeps it. */
  use(used: Usage): void;
}

/** What a component says is written as it comes. */
export class ComponentVoice implements StepVoice {
  readonly chunkAttempt: number;
  /** Tokens that this attempt has used; undefined if it has not said. */
  tokensUsed: number | undefined = undefined;
  readonly #run: Run;
  readonly #call: StepCall;
  /** It has given a sign of life. */
  readonly #heard: () => void;

  constructor(run: Run, call: StepCall, heard: () => void) {
    this.#run = run;
    this.#call = call;
    this.chunkAttempt = startCount(run, call);
    this.#heard = heard;
  }

  say(event: EventBody): void {
    this.#heard();
    this.#run.announcer.emit(event);
  }

  use(used: Usage): void {
    this.#heard();
    const { inputTokens, outputTokens } = used;
    if (inputTokens !== undefined || outputTokens !== undefined)
      this.tokensUsed = (this.tokensUsed ?? 0) + (inputTokens ?? 0) + (outputTokens ?? 0);
    this.#run.writer.write(usageEvent(this.#call, used), usageEntry(this.#run, this.#call, used));
  }
}

/** What a workflow's body says follows from its journal: it is said once, however often it is executed. */
export class WorkflowVoice implements StepVoice {
  readonly chunkAttempt = null;
  readonly #run: Run;
  readonly #call: StepCall;
  /** How often this execution of the body has said that it has used the same. */
  readonly #used = new RareMap<string, number>();

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
  }

  say(event: EventBody): void {
    this.#run.announcer.say(`${this.#call.id}|${digest(canonicalJson(event, "event"))}`, event);
  }

  use(used: Usage): void {
    const event = usageEvent(this.#call, used);
    const said = canonicalJson(event, "event");
    const times = (this.#used.get(said) ?? 0) + 1;
    this.#used.set(said, times);
    const key = `${ONCE}${this.#call.id}|${digest(said)}|${times}`;
    this.#run.announcer.sayOnce({ ...usageEntry(this.#run, this.#call, used), key }, event);
  }
}
