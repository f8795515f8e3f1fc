import { describeReplay } from "../engine/describe-replay.ts";
import type { ReplayDifference } from "../engine/replay-run.ts";

/** Prints a difference; of one like those before, of the same workflow and steps, no more than a line. */
export function printDifference(): (difference: ReplayDifference) => void {
  const printed = new Set<string>();
  return (difference) => {
    const { runId, workflow, changed, notAsked, notFinished } = difference;
    const names = [
      ...changed.map(({ step }) => step),
      ...[...notAsked, ...notFinished].map(({ name }) => name),
    ];
    const kind = JSON.stringify([workflow, ...new Set(names)]);
    if (printed.has(kind)) console.warn(`alder: run ${runId} of workflow "${workflow}": the same as above`);
    else console.warn(`alder: ${describeReplay(difference)}`);
    printed.add(kind);
  };
}
