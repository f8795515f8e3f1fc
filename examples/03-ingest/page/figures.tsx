import { hasEnded, timeLeft } from "@alder/core/protocol";
import type { ReactNode } from "react";
import { useNow } from "../../shared/page/use-now.ts";
import type { IngestRun } from "./ingest-run.ts";
import type { IngestView } from "./ingest-view.ts";
import { toEtaText } from "./eta-text.ts";

/** From so many on it shows how fast they come through. */
const seenDocuments = 20;

/** How long it still takes and how sure that is, what it has cost, and what it did not have to cost. */
export function Figures({ run, view }: { run: IngestRun; view: IngestView }) {
  const now = useNow();
  const { inputTokens, outputTokens, cost } = run.usage;
  const isOver = run.status !== "idle" && hasEnded(run.status);
  const eta = isOver
    ? { text: "–", sureness: "it has ended" }
    : toEtaText(timeLeft(run, now), view.read >= seenDocuments);
  return (
    <dl className="figures">
      <Figure label="Time left" value={<span data-testid="eta">{eta.text}</span>} note={eta.sureness} />
      <Figure label="Cost so far" value={dollars.format(cost)} note={toCostNote(run.budget, view.known)} />
      <Figure
        label="Tokens"
        value={compact.format(inputTokens + outputTokens)}
        note={`${compact.format(inputTokens)} read, ${compact.format(outputTokens)} written`}
      />
    </dl>
  );
}

function Figure({ label, value, note }: { label: string; value: ReactNode; note: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {value}
        <small>{note}</small>
      </dd>
    </div>
  );
}

function toCostNote(budget: IngestRun["budget"], known: number): string {
  if (budget) return `most of the budget of ${dollars.format(budget.budget)}`;
  return known > 0 ? `${known} summaries were known` : "at the providers’ prices";
}

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 3 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
