import { timeLeft, type WithEta } from "@alder/core/protocol";
import { toTimeLeftText } from "./time-left-text.ts";
import { useNow } from "./use-now.ts";

/** How long the run still takes, where anybody can tell. */
export function TimeLeft({ run }: { run: WithEta }) {
  const now = useNow();
  const left = timeLeft(run, now);
  return <p className="time-left">{left && toTimeLeftText(left)}</p>;
}
