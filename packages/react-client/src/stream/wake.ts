/** Calls back when there is reason to try a connection at once; returns the undo. */
export type Wake = (onWake: () => void) => () => void;

/** The network is back, or a person looks at the page again. Never where there is no window. */
export const browserWake: Wake = (onWake) => {
  if (typeof window === "undefined" || typeof document === "undefined") return () => {};
  const onVisibility = (): void => {
    if (document.visibilityState === "visible") onWake();
  };
  window.addEventListener("online", onWake);
  // A page that comes back from the browser's cache is shown without a change of visibility.
  window.addEventListener("pageshow", onWake);
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    window.removeEventListener("online", onWake);
    window.removeEventListener("pageshow", onWake);
    document.removeEventListener("visibilitychange", onVisibility);
  };
};
