import type { TimeLeft } from "@alder/core/protocol";

export interface EtaText {
  readonly text: string;
  /** How sure that is, and what it rests on. */
  readonly sureness: string;
}

/** No more exact than it is known, and a guess is called one: without earlier runs, until it is `seen` how this one goes. */
export function toEtaText(left: TimeLeft | null, seen: boolean): EtaText {
  if (left === null) return { text: "not known yet", sureness: "nothing to go by so far" };
  const { expectedMs, leastMs, mostMs, runs } = left;
  if (mostMs === null)
    return { text: `over ${toWords(expectedMs)}`, sureness: "how much is to come is not known" };
  const range = `${toWords(leastMs)} to ${toWords(mostMs)}`;
  const first = seen ? "by how it goes so far" : "at a guess";
  const basis = runs === 0 ? first : runs === 1 ? "by one earlier run" : `by ${runs} earlier runs`;
  return { text: toWords(expectedMs), sureness: `${range}, ${basis}` };
}

function toWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 10) return `${seconds} s`;
  if (seconds < 90) return `${Math.round(seconds / 5) * 5} s`;
  return `${Math.round(seconds / 30) / 2} min`;
}
