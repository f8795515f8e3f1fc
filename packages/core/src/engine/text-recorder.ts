import type { EventBody } from "../protocol/events.ts";
import type { Usage } from "../authoring/step.ts";
import type { StepVoice } from "./step-voice.ts";

/** Notes the text of each stream that an attempt writes. */
export class TextRecorder implements StepVoice {
  readonly texts = new Map<string, string>();
  readonly #voice: StepVoice;

  constructor(voice: StepVoice) {
    this.#voice = voice;
  }

  get chunkAttempt(): number | null {
    return this.#voice.chunkAttempt;
  }

  say(event: EventBody): void {
    if (event.type === "chunk")
      this.texts.set(event.stream, (this.texts.get(event.stream) ?? "") + event.delta);
    this.#voice.say(event);
  }

  use(used: Usage): void {
    this.#voice.use(used);
  }
}
