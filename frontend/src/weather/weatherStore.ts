import { createStore, type StoreApi } from "zustand/vanilla";
import type { Weather } from "../gen/racetime/v1/weather_pb";
import type { WeatherAt } from "../live/weatherAt";
import { instantsToAsk, type Readings, withReading } from "./history";

/** Readings by session, kept for as long as the page. What is of after the playhead is for the reader to leave out. */
export interface WeatherStore {
  store: StoreApi<Readonly<Record<number, Readings>>>;
  add(sessionKey: number, reading: Weather | undefined): void;
  /** Ask for what is missing in a span, one after the other, until told to stop. */
  fill(span: Span, ask: WeatherAt, signal: AbortSignal): Promise<void>;
}

/** A part of a session, in race time. */
export interface Span {
  sessionKey: number;
  originMillis: number;
  from: number;
  to: number;
}

const MOST_FAILURES = 3;

export function createWeatherStore(): WeatherStore {
  const store = createStore<Readonly<Record<number, Readings>>>(() => ({}));
  /** Instants that were asked for: a source may have no weather at all. */
  const asked = new Map<number, Set<number>>();

  const add = (sessionKey: number, reading: Weather | undefined): void => {
    const held = store.getState()[sessionKey] ?? [];
    const readings = withReading(held, reading);
    if (readings !== held) store.setState({ [sessionKey]: readings });
  };

  const askedOf = (sessionKey: number): Set<number> => {
    const instants = asked.get(sessionKey) ?? new Set();
    asked.set(sessionKey, instants);
    return instants;
  };

  return {
    store,
    add,
    async fill({ sessionKey, originMillis, from, to }, ask, signal) {
      const done = askedOf(sessionKey);
      let failures = 0;
      for (const at of instantsToAsk(store.getState()[sessionKey] ?? [], from, to)) {
        if (signal.aborted || failures >= MOST_FAILURES) return;
        if (done.has(at)) continue;
        try {
          add(sessionKey, await ask({ sessionKey, epochMillis: originMillis + at }, signal));
          done.add(at);
        } catch {
          failures += 1;
        }
      }
    },
  };
}
