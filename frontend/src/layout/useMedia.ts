import { useCallback, useSyncExternalStore } from "react";

/** One panel at a time: where the style sheets say `max-width: 47.99rem`. */
export const PHONE = "(max-width: 47.99rem)";

/** Whether a media query holds; renders again when that changes. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", onChange);
      return () => list.removeEventListener("change", onChange);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
