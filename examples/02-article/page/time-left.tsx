import { timeLeft } from "@alder/core/protocol";
import type { ArticleRun } from "./article-run.ts";
import { toTimeLeftText } from "../../shared/page/time-left-text.ts";
import { useNow } from "../../shared/page/use-now.ts";

/** How long the run still takes, where anybody can tell. */
export function TimeLeft({ run }: { run: Pick<ArticleRun, "eta"> }) {
  const now = useNow();
  const left = timeLeft(run, now);
  return <p className="time-left">{left && toTimeLeftText(left)}</p>;
}
