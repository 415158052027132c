import { createContext, useContext, useRef, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { Race } from "./race";
import type { RaceView } from "./raceStore";

export const RaceContext = createContext<Race | undefined>(undefined);

export function useRaceObject(): Race {
  const race = useContext(RaceContext);
  if (race === undefined) throw new Error("no race above this component");
  return race;
}

/** Select from what the page holds; the component renders again when the selected thing is another one. */
export function useView<T>(select: (view: RaceView) => T): T {
  return useStore(useRaceObject().store, select);
}

/** Select from the race's state; undefined before the first snapshot. */
export function useRace<T>(select: (state: RaceState) => T): T | undefined {
  return useView(({ state }) => (state === undefined ? undefined : select(state)));
}

const TICK_MILLIS = 200;
const tickers = new Set<() => void>();
let tick = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** All that ticks does so at one instant, on one timer. */
function subscribeToTicks(onTick: () => void): () => void {
  tickers.add(onTick);
  timer ??= setInterval(() => {
    tick += 1;
    for (const tell of tickers) tell();
  }, TICK_MILLIS);
  return () => {
    tickers.delete(onTick);
    if (tickers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Derive something from the wall clock; renders again only when the derived value (a string, a number) changes. */
export function useTicking<T extends string | number | boolean | undefined>(
  derive: (wallMillis: number) => T,
): T {
  // Between ticks the value stands, as React asks for it more than once.
  const held = useRef<{ tick: number; derive: typeof derive; value: T }>(undefined);
  return useSyncExternalStore(subscribeToTicks, () => {
    if (held.current?.tick !== tick || held.current.derive !== derive)
      held.current = { tick, derive, value: derive(performance.now()) };
    return held.current.value;
  });
}
