import { useSyncExternalStore } from "react";

const query = "(min-width: 60rem)";

/** True where there is room for a margin; as in the style sheet. */
export function useIsWide(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", onChange);
      return () => media.removeEventListener("change", onChange);
    },
    () => window.matchMedia(query).matches,
  );
}
