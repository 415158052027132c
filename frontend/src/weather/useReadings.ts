import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { useControl } from "../live/usePlayback";
import { useRace, useTicking, useView } from "../live/useRace";
import { type Readings, readingsUpTo } from "./history";
import { createWeatherStore } from "./weatherStore";

/** Readings that this page has learned. */
export const weatherReadings = createWeatherStore();

export interface Shown {
  readings: Readings;
  fromMillis: number;
  toMillis: number;
}

const NONE: Readings = [];
const ROUND_MILLIS = 10_000;
const ASK_PERIOD_MILLIS = 300_000;
const BEFORE_START_MILLIS = 600_000;

/** Readings from a little before the start up to the playhead; what is missing is asked for. */
export function useReadings(): Shown | undefined {
  const { playback, sessions, weatherAt } = useControl();
  const sessionKey = useRace(({ session }) => session?.sessionKey);
  const newest = useRace(({ weather }) => weather);
  const originMillis = useView(({ times }) => times.originMillis);
  const scheduled = useView(({ times }) => times.scheduledStartMillis);
  const held = useStore(weatherReadings.store, (all) => all[sessionKey ?? -1]) ?? NONE;
  const now = useTicking(() => rounded(playback.now()));
  const first = sessions.firstOf(sessionKey);
  const start =
    scheduled === undefined || originMillis === undefined
      ? first
      : scheduled - originMillis - BEFORE_START_MILLIS;
  const fromMillis = Math.max(first ?? start ?? 0, start ?? 0);
  const period = now === undefined ? undefined : Math.floor(now / ASK_PERIOD_MILLIS);

  useEffect(() => {
    if (sessionKey !== undefined) weatherReadings.add(sessionKey, newest);
  }, [sessionKey, newest]);

  useEffect(() => {
    const to = playback.now();
    if (sessionKey === undefined || originMillis === undefined || period === undefined) return;
    if (to === undefined) return;
    const ends = new AbortController();
    const span = { sessionKey, originMillis, from: fromMillis, to };
    void weatherReadings.fill(span, weatherAt, ends.signal);
    return () => ends.abort();
  }, [playback, weatherAt, sessionKey, originMillis, fromMillis, period]);

  return useMemo(() => {
    if (now === undefined) return undefined;
    return { readings: readingsUpTo(held, now + ROUND_MILLIS), fromMillis, toMillis: now };
  }, [held, now, fromMillis]);
}

function rounded(millis: number | undefined): number | undefined {
  return millis === undefined ? undefined : Math.floor(millis / ROUND_MILLIS) * ROUND_MILLIS;
}
