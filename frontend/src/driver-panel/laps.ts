import type { Lap, PitStop, Stint } from "../gen/racetime/v1/history_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";

const KEY_STEP = 1000; // laps, stints and stops are keyed by driver_number * 1000 + number

/** The newest laps of a driver, newest first, the running one left out until it has a time. */
export function newestLaps(state: RaceState, driverNumber: number, count: number): Lap[] {
  const running = state.timings[driverNumber]?.currentLap;
  const newest = running ?? state.timings[driverNumber]?.lapsCompleted ?? 0;
  const laps: Lap[] = [];
  for (let number = newest; number >= 1 && laps.length < count; number -= 1) {
    const lap = state.laps[driverNumber * KEY_STEP + number];
    if (lap?.lapNumber && (number !== running || lap.lapMillis !== undefined)) laps.push(lap);
  }
  return laps;
}

export function stintsOf(state: RaceState, driverNumber: number): Stint[] {
  return ofDriver(state.stints, driverNumber).sort((a, b) => a.stintNumber - b.stintNumber);
}

export function pitStopsOf(state: RaceState, driverNumber: number): PitStop[] {
  return ofDriver(state.pitStops, driverNumber).sort((a, b) => a.lapNumber - b.lapNumber);
}

function ofDriver<T extends { driverNumber: number }>(
  entries: Readonly<Record<number, T>>,
  driverNumber: number,
): T[] {
  return Object.values(entries).filter((entry) => entry.driverNumber === driverNumber);
}

/** Laps that a stint has run so far; unset when its ends are not known. */
export function stintLaps({ firstLap, lastLap }: Stint): number | undefined {
  return firstLap === undefined || lastLap === undefined
    ? undefined
    : Math.max(0, lastLap - firstLap + 1);
}
