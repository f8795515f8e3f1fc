/** How a body is heard in the stream. */
import { canonicalJson } from "../internal/canonical-json.ts";
import type { EventBody } from "../protocol/events.ts";
import type { StepCall } from "./call.ts";
import { digest } from "./identity.ts";
import type { Run } from "./run.ts";

export interface StepVoice {
  /** Counts every start, recoveries included (E9); null for a workflow, which does not write. */
  readonly chunkAttempt: number | null;
  say(event: EventBody): void;
}

/** What a component says is written as it comes. */
export class ComponentVoice implements StepVoice {
  readonly chunkAttempt: number;
  readonly #run: Run;
  /** It has given a sign of life. */
  readonly #heard: () => void;

  constructor(run: Run, chunkAttempt: number, heard: () => void) {
    this.#run = run;
    this.chunkAttempt = chunkAttempt;
    this.#heard = heard;
  }

  say(event: EventBody): void {
    this.#heard();
    this.#run.announcer.emit(event);
  }
}

/** What a workflow's body says follows from its journal: it is said once, however often it is executed. */
export class WorkflowVoice implements StepVoice {
  readonly chunkAttempt = null;
  readonly #run: Run;
  readonly #call: StepCall;

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
  }

  say(event: EventBody): void {
    this.#run.announcer.say(`${this.#call.id}|${digest(canonicalJson(event, "event"))}`, event);
  }
}
