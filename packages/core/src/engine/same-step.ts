/**
 * Two mounted elements, or an element and a body call, that share an id are an error that asks for a key (E3). A
 * finished child of a mounted `Sequence` still counts, though it is unmounted.
 */
import { RareMap } from "../internal/rare-map.ts";
import { RareSet } from "../internal/rare-set.ts";
import { AlderError } from "../errors/alder-error.ts";
import { takeAll } from "../internal/take-all.ts";
import type { ChainLink, SequenceState } from "../elements/place.ts";
import type { StepCall } from "./call.ts";

export class ElementClaims {
  readonly #counts = new RareMap<string, number>();
  readonly #changed = new RareSet<StepCall>();

  /** An element that stands for the call was mounted. Returns the undo. */
  add(call: StepCall, chain: ChainLink | null): () => void {
    this.#counts.set(call.id, (this.#counts.get(call.id) ?? 0) + 1);
    this.#changed.add(call);
    let mounted = true;
    return () => {
      if (mounted) this.#remove(call.id, chain);
      mounted = false;
    };
  }

  /** A body call to check against the elements. */
  noteBodyCall(call: StepCall): void {
    // A body of many calls and no elements asks for each of them in every pass.
    if (this.#counts.size > 0 && this.#counts.has(call.id)) this.#changed.add(call);
  }

  releaseFinished(sequence: SequenceState): void {
    for (const { stepId, up } of sequence.finished.splice(0)) this.#remove(stepId, up);
  }

  /** The error of the first clash since the last check. */
  check(isBodyCall: (call: StepCall) => boolean): AlderError | null {
    let clash: AlderError | null = null;
    for (const call of takeAll(this.#changed)) {
      const elements = this.#counts.get(call.id) ?? 0;
      if (elements > 1 || (elements === 1 && isBodyCall(call))) clash ??= sameStep(call);
    }
    return clash;
  }

  /** The outermost `Sequence` that has gone past the element keeps it counted. */
  #remove(stepId: string, chain: ChainLink | null): void {
    let keeper: ChainLink | null = null;
    for (let link = chain; link !== null; link = link.up) {
      if (link.sequence.mounted && link.index < link.sequence.position) keeper = link;
    }
    if (keeper !== null) {
      keeper.sequence.finished.push({ stepId, up: keeper.up });
      return;
    }
    const left = (this.#counts.get(stepId) ?? 1) - 1;
    if (left === 0) this.#counts.delete(stepId);
    else this.#counts.set(stepId, left);
  }
}

function sameStep(call: StepCall): AlderError {
  return new AlderError(
    "same_step",
    `two <${call.definition.name}> in ${call.scope.label} have the same props and so are the same step: ` +
      `give each of them a key (or, to share one result, hold one call and use it twice)`,
    { details: { step: call.definition.name } },
  );
}
