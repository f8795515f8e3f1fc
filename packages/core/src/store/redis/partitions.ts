/**
 * How many partitions there are.
 *
 * 1. Redis knows, and the number only grows: whoever opens the store with more makes it so for all.
 * 2. A process that has not heard of the newest ones yet makes its runs in the older ones, where everybody looks.
 */
import { AlderError } from "../../errors/alder-error.ts";
import type { Keys } from "./keys.ts";
import { openScript } from "./scripts/directory.ts";
import type { Evaluate } from "./server.ts";

/** Of what is stored. To be raised when a process of another version would misread it. */
const FORMAT = "1";

export class Partitions {
  readonly #keys: Keys;
  readonly #wanted: number;
  readonly #onGrown: () => void;
  #count = 1;

  /** `onGrown` is told when there are more than before. */
  constructor(keys: Keys, wanted: number, onGrown: () => void) {
    this.#keys = keys;
    this.#wanted = wanted;
    this.#onGrown = onGrown;
  }

  /** Asks Redis. Throws `store_version` where another version of Alder keeps its runs. */
  async refresh(evaluate: Evaluate, name: string): Promise<void> {
    const given = [FORMAT, this.#wanted];
    const [format, count] = (await evaluate(openScript, this.first, given)) as [string, number];
    if (format !== FORMAT) {
      throw new AlderError(
        "store_version",
        `The store at ${name} was written by another version of Alder (format ${format}, this one reads ${FORMAT}): ` +
          "use that version, or another prefix.",
        { details: { server: name, format } },
      );
    }
    if (count <= this.#count) return;
    this.#count = count;
    this.#onGrown();
  }

  /** Where all that is not of a run is kept. */
  get first(): string {
    return this.#keys.partition(0);
  }

  get all(): readonly string[] {
    return Array.from({ length: this.#count }, (_, number) => this.#keys.partition(number));
  }

  /** The number of a partition for a new run. */
  pick(random: (size: number) => Uint8Array): number {
    if (this.#count === 1) return 0;
    const [high = 0, low = 0] = random(2);
    return (high * 256 + low) % this.#count;
  }
}
