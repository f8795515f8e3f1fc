import type { Clock } from "../clock.ts";

/** Whether a person can see the page. */
export interface Visibility {
  isHidden(): boolean;
  /** Calls back when it may have changed; returns the undo. */
  watch(onChange: () => void): () => void;
}

/** The page's own. Never hidden where there is no page. */
export const browserVisibility: Visibility = {
  isHidden: () => typeof document !== "undefined" && document.visibilityState === "hidden",
  watch: (onChange) => {
    if (typeof window === "undefined" || typeof document === "undefined") return () => {};
    // A page that comes back from the browser's cache is shown without a change of visibility.
    window.addEventListener("pageshow", onChange);
    document.addEventListener("visibilitychange", onChange);
    return () => {
      window.removeEventListener("pageshow", onChange);
      document.removeEventListener("visibilitychange", onChange);
    };
  },
};

export interface HiddenOptions {
  readonly visibility: Visibility;
  readonly clock: Clock;
  /** How long it must be hidden, in milliseconds; `Infinity` for never. */
  readonly hiddenMs: number;
  readonly onHidden: () => void;
  /** Only after `onHidden`. */
  readonly onSeen: () => void;
}

/** Tells when the page has been hidden for some time, and when it is seen again; returns the way to stop. */
export function watchHidden({ visibility, clock, hiddenMs, onHidden, onSeen }: HiddenOptions): () => void {
  if (hiddenMs === Number.POSITIVE_INFINITY) return () => {};
  let isTold = false;
  let cancelTimer: (() => void) | null = null;

  function hide(): void {
    isTold = true;
    onHidden();
  }

  function check(): void {
    if (visibility.isHidden()) {
      if (!isTold) cancelTimer ??= clock.after(hiddenMs, hide);
      return;
    }
    cancelTimer?.();
    cancelTimer = null;
    if (!isTold) return;
    isTold = false;
    onSeen();
  }

  const unwatch = visibility.watch(check);
  check();
  return () => {
    cancelTimer?.();
    unwatch();
  };
}
