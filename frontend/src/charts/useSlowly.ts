import { useCallback, useSyncExternalStore } from "react";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { useRaceObject } from "../live/useRace";

const PERIOD_MILLIS = 300;

/**
 * Select from the race's state as useRace does, at most about three times a second however fast it plays.
 *
 * What is selected must be the same object while it has not changed.
 */
export function useSlowly<T>(select: (state: RaceState) => T): T | undefined {
  const { store } = useRaceObject();
  const subscribe = useCallback(
    (onChange: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const later = (): void => {
        timer ??= setTimeout(() => {
          timer = undefined;
          onChange();
        }, PERIOD_MILLIS);
      };
      const unsubscribe = store.subscribe(later);
      return () => {
        clearTimeout(timer);
        unsubscribe();
      };
    },
    [store],
  );
  return useSyncExternalStore(subscribe, () => {
    const { state } = store.getState();
    return state === undefined ? undefined : select(state);
  });
}
