import type { Lap } from "../gen/racetime/v1/history_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";

const KEY_STEP = 1000;
const MOST_LAPS = 3;

/**
 * How many milliseconds a lap a car closes in on another: the mean over the laps, of its last three, that both drove at
 * pace. Negative when it falls back, unset when there are none.
 */
export function closingMillis(state: RaceState, behind: number, ahead: number): number | undefined {
  const newest = state.timings[behind]?.lapsCompleted ?? 0;
  const gains: number[] = [];
  for (let lap = newest; lap > newest - MOST_LAPS && lap > 0; lap -= 1) {
    const mine = timeAtPace(state, behind, lap);
    const theirs = timeAtPace(state, ahead, lap);
    if (mine !== undefined && theirs !== undefined) gains.push(theirs - mine);
  }
  if (gains.length === 0) return undefined;
  return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

/** The time of a lap that neither left nor ended in the pits. */
function timeAtPace(state: RaceState, driverNumber: number, lapNumber: number) {
  const key = driverNumber * KEY_STEP + lapNumber;
  const lap: Lap | undefined = state.laps[key];
  if (lap === undefined || lap.pitOut || state.pitStops[key]?.driverNumber) return undefined;
  return lap.lapMillis;
}
