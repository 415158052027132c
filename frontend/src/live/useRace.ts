import { createContext, useCallback, useContext, useRef, useSyncExternalStore } from "react";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { followSight, isInSight, whileInSight } from "../ui/inSight";
import type { Race } from "./race";
import type { RaceStore, RaceView } from "./raceStore";

export const RaceContext = createContext<Race | undefined>(undefined);

export function useRaceObject(): Race {
  const race = useContext(RaceContext);
  if (race === undefined) throw new Error("no race above this component");
  return race;
}

/** Select from what the page holds; the component renders again when the selected thing is another one. */
export function useView<T>(select: (view: RaceView) => T): T {
  const { store } = useRaceObject();
  const read = useCallback(() => select(store.getState()), [store, select]);
  return useSyncExternalStore(subscriptionTo(store), read);
}

const subscriptions = new WeakMap<RaceStore, (listener: () => void) => () => void>();

/** One way to subscribe to a store, so that React need not subscribe again with each render. */
function subscriptionTo(store: RaceStore): (listener: () => void) => () => void {
  let subscription = subscriptions.get(store);
  if (subscription === undefined) {
    subscription = whileInSight(store.subscribe);
    subscriptions.set(store, subscription);
  }
  return subscription;
}

/** Select from the race's state; undefined before the first snapshot. */
export function useRace<T>(select: (state: RaceState) => T): T | undefined {
  return useView(({ state }) => (state === undefined ? undefined : select(state)));
}

const TICK_MILLIS = 200;
const tickers = new Set<() => void>();
let tick = 0;
let timer: ReturnType<typeof setInterval> | undefined;
let unfollow: (() => void) | undefined;

/** All that ticks does so at one instant, on one timer; nothing does out of sight. */
function subscribeToTicks(onTick: () => void): () => void {
  tickers.add(onTick);
  unfollow ??= followSight(wind);
  if (timer === undefined && isInSight()) timer = setInterval(tellAll, TICK_MILLIS);
  return () => {
    tickers.delete(onTick);
    if (tickers.size > 0) return;
    wind(false);
    unfollow?.();
    unfollow = undefined;
  };
}

function wind(on: boolean): void {
  clearInterval(timer);
  timer = on ? setInterval(tellAll, TICK_MILLIS) : undefined;
  if (on) tellAll();
}

function tellAll(): void {
  tick += 1;
  for (const tell of tickers) tell();
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
