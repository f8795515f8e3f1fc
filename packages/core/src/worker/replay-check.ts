/**
 * In dev, replays every run that has ended from its journal, in the background: a step that would be executed again is
 * found at once, and not after the first crash in production.
 *
 * 1. It reads and writes no store: what it replays is what the worker has kept of the run.
 * 2. One run is replayed at a time and few wait; what comes when enough wait is not checked, and neither is a run that
 *    takes too long. Runs that are executed come first.
 * 3. A run that went on with other code, as somebody has accepted or the worker was told to rerun, is left out: that its
 *    journal has results which this code does not ask for was said when it was found.
 * 4. Whatever goes wrong in it is nobody's error.
 */
import { isOfChange } from "../engine/recovery.ts";
import { replayRun, type EndedRun, type ReplayDifference } from "../engine/replay-run.ts";

const MOST_WAITING = 8;
const LONGEST_REPLAY_MS = 10_000;

export class ReplayCheck {
  readonly #onDifference: (difference: ReplayDifference) => void;
  readonly #waiting: EndedRun[] = [];
  #replaying: Promise<void> | undefined;
  #isStopped = false;
  #giveUp: () => void = () => {};

  constructor(onDifference: (difference: ReplayDifference) => void) {
    this.#onDifference = onDifference;
  }

  add(ended: EndedRun): void {
    if (this.#isStopped || this.#waiting.length >= MOST_WAITING || wasChanged(ended)) return;
    this.#waiting.push(ended);
    this.#replaying ??= this.#replayAll().finally(() => (this.#replaying = undefined));
  }

  /** Takes no more, and gives up what has not come to its end when the time is over. */
  async finish(graceMs: number): Promise<void> {
    const replaying = this.#replaying;
    this.#isStopped = true;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([replaying, new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
    clearTimeout(timer);
    this.stop();
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    this.#giveUp();
  }

  async #replayAll(): Promise<void> {
    // Not in the turn in which the run ends: that it has ended is to be written first.
    for (await nextTurn(); this.#waiting.length > 0; await nextTurn())
      await this.#replay(this.#waiting.shift()!);
  }

  async #replay(ended: EndedRun): Promise<void> {
    try {
      const replay = replayRun(ended);
      const givenUp = new Promise<null>((resolve) => {
        this.#giveUp = () => {
          replay.stop();
          resolve(null);
        };
      });
      const timer = setTimeout(this.#giveUp, LONGEST_REPLAY_MS);
      timer.unref();
      const difference = await Promise.race([replay.difference, givenUp]);
      clearTimeout(timer);
      if (difference !== null && isOfSteps(difference)) this.#onDifference(difference);
    } catch {
      // The run itself has ended as it has; what cannot be replayed at all was told of when it was executed.
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function wasChanged({ journal }: EndedRun): boolean {
  return journal.some((entry) => entry.t === "accepted" || (entry.t === "said" && isOfChange(entry.key)));
}

/** What is only said a second time does no harm worth an alarm. */
function isOfSteps({ changed, notAsked, notFinished, end }: ReplayDifference): boolean {
  return changed.length + notAsked.length + notFinished.length > 0 || end !== null;
}
