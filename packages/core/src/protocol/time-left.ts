/** How long a run still takes, as its view and a clock tell it. */
import type { EtaView } from "./run-view.ts";

/** A view, or what the hook gives. */
export interface WithEta {
  readonly eta?: EtaView | null | undefined;
}

/** All in milliseconds. */
export interface TimeLeft {
  readonly expectedMs: number;
  /** In four of five cases it takes between `leastMs` and `mostMs`. */
  readonly leastMs: number;
  /** Null where it is not known how much is still to come: it takes at least about `expectedMs`. */
  readonly mostMs: number | null;
  /** How many runs of the past this rests on; 0: on what the author expects. */
  readonly runs: number;
  /** People will be waited for on the way; the time they take is not in it. */
  readonly waits: boolean;
}

/**
 * How long the run still takes at `now`, in milliseconds since the epoch. Null where nobody can tell: nothing is known of
 * such runs, the run waits for people, it has not begun or has ended, or it takes longer than it was thought to. What is
 * known of the run is in store time, so a clock that is wrong by a minute makes this wrong by a minute: where the clocks of
 * readers are not to be trusted, give `now` as one of your own servers tells it.
 *
 * @example
 * const left = timeLeft(view, Date.now());
 * if (left !== null) console.log(`${Math.round(left.expectedMs / 1000)} s left`);
 */
export function timeLeft({ eta }: WithEta, now: number): TimeLeft | null {
  if (eta === null || eta === undefined || now >= (eta.latestAt ?? eta.endsAt)) return null;
  const until = (at: number): number => Math.max(0, at - now);
  return {
    expectedMs: until(eta.endsAt),
    leastMs: until(eta.earliestAt),
    mostMs: eta.latestAt === null ? null : until(eta.latestAt),
    runs: eta.runs,
    waits: eta.waits,
  };
}
