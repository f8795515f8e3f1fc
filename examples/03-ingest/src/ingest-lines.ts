// What a terminal shows of an onboarding: every fiftieth document, what goes wrong, and at the end the model servers' own
// count of calls.
import type { RunEvent } from "@alder/core/protocol";
import type { RunLines } from "../../shared/start/run-lines.ts";
import type { ProviderReport } from "./providers.ts";
import { toProof } from "./proof.ts";

const readAtOnce = 50;

/** `report` tells what the model servers have counted. */
export function createIngestLines(report: () => ProviderReport): RunLines {
  const names = new Map<string, string>();
  let read = 0;
  let known = 0;
  let lost = 0;

  // A type of event that has no entry is not worth a line.
  const lines: {
    [Type in RunEvent["type"]]?: (event: Extract<RunEvent, { type: Type }>) => string | undefined;
  } = {
    "run.queued": () => "queued",
    "run.started": ({ execution, worker }) => `${execution === 1 ? "started by" : "goes on at"} ${worker}`,
    "run.recovered": ({ worker }) => {
      lost++;
      return `its worker was lost, goes on at ${worker}`;
    },
    "run.failed": ({ error }) => `failed: ${error.message}`,
    "run.cancelled": () => "cancelled",
    "run.completed": () => {
      const cached = known > 0 ? `, ${known} of them known already` : "";
      return `completed: ${read} documents read${cached}; workers lost on the way: ${lost}\n${toProof(report())}`;
    },
    "step.started": ({ step, name }) => void names.set(step, name),
    "step.waiting": ({ step, name }) => void names.set(step, name),
    "step.cached": () => void known++,
    "step.failed": ({ step, error }) => `${names.get(step) ?? "a step"} failed: ${error.message}`,
    "step.completed": ({ step }) => {
      if (names.get(step) !== "Summarise" || ++read % readAtOnce !== 0) return undefined;
      return `${read} documents are read`;
    },
  };
  return {
    toLine(event) {
      const line = lines[event.type] as ((event: RunEvent) => string | undefined) | undefined;
      return line?.(event);
    },
  };
}
