import { useSyncExternalStore } from "react";

/** As the style sheets have it. */
const PHONE = "(max-width: 47.99rem)";

const subscribe = (onChange: () => void): (() => void) => {
  const query = matchMedia(PHONE);
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
};

/** Whether there is room for one panel at a time. */
export const isPhone = (): boolean => matchMedia(PHONE).matches;

export const usePhone = (): boolean => useSyncExternalStore(subscribe, isPhone);
