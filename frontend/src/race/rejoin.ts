import { CarState } from "../gen/racetime/v1/car_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { SessionPhase } from "../gen/racetime/v1/session_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { rankedByTime } from "../ui/order";

/** Where a car would come out if it stopped now. Times in milliseconds. */
export interface Rejoin {
  position: number;
  /** Cars around it, and how far; unset where there is none. */
  ahead: { driverNumber: number; millis: number } | undefined;
  behind: { driverNumber: number; millis: number } | undefined;
  /** What a stop costs against going on, at the pace of the present flag. */
  lossMillis: number;
  /** Half the width of what is likely. */
  uncertaintyMillis: number;
  /** What the loss rests on: stops of this race, or what is usual where there were none. */
  basis: "stops" | "usual";
}

/** What a stop costs on most circuits, and in the lane alone, until this race has told. */
const USUAL_LANE_MILLIS = 23_500;
const USUAL_LOSS_MILLIS = 20_500;
const USUAL_SPREAD_MILLIS = 3_000;
const LEAST_SPREAD_MILLIS = 800;
/** How much longer than at racing speed the same stretch takes the others. */
const SLOWDOWN: Partial<Record<TrackFlag, number>> = {
  [TrackFlag.VIRTUAL_SAFETY_CAR]: 1.4,
  [TrackFlag.VIRTUAL_SAFETY_CAR_ENDING]: 1.4,
  [TrackFlag.SAFETY_CAR]: 1.6,
  [TrackFlag.SAFETY_CAR_ENDING]: 1.6,
};
/** Fewer stops than this tell little. */
const LEAST_STOPS = 3;
/** Stops that took longer than this were no mere stops. */
const LONGEST_LANE_MILLIS = 45_000;

/** Tell where a car comes out if it stops now; unset outside a race that runs, and for a car whose gap is not known. */
export function rejoinOf(state: RaceState, driverNumber: number): Rejoin | undefined {
  const runs = state.clock?.phase === SessionPhase.STARTED;
  if (rankedByTime(state) || !runs || state.trackStatus?.flag === TrackFlag.RED) return undefined;
  if (!isRunning(state, driverNumber)) return undefined;
  const gap = gapOf(state, driverNumber);
  if (gap === undefined) return undefined;
  const { lossMillis, uncertaintyMillis, basis } = lossOf(state);
  const out = gap + lossMillis;
  const others = Object.keys(state.positions)
    .map(Number)
    .filter((number) => number !== driverNumber && isRunning(state, number))
    .flatMap((number) => {
      const millis = gapOf(state, number);
      return millis === undefined ? [] : [{ driverNumber: number, millis }];
    })
    .sort((one, other) => one.millis - other.millis);
  const before = others.filter(({ millis }) => millis <= out);
  const ahead = before.at(-1);
  const behind = others[before.length];
  return {
    position: before.length + 1,
    ahead: ahead && { ...ahead, millis: out - ahead.millis },
    behind: behind && { ...behind, millis: behind.millis - out },
    lossMillis,
    uncertaintyMillis,
    basis,
  };
}

/** Gap to the leader where its time is known, of a lapped car by estimate. */
export function timedGapOf(state: RaceState, driverNumber: number): number | undefined {
  if (state.positions[driverNumber]?.position === 1) return 0;
  const gap = state.gaps[driverNumber];
  if (gap?.gapToLeader.case === "gapToLeaderMillis") return gap.gapToLeader.value;
  return gap?.estimatedGapToLeaderMillis;
}

/** Gap to the leader; where only laps are known they count as laps of the leader's. */
export function gapOf(state: RaceState, driverNumber: number): number | undefined {
  const timed = timedGapOf(state, driverNumber);
  if (timed !== undefined) return timed;
  const gap = state.gaps[driverNumber];
  const lap = typicalLapMillis(state);
  if (gap?.gapToLeader.case !== "gapToLeaderLaps" || lap === undefined) return undefined;
  return gap.gapToLeader.value * lap;
}

/** The middle of the last laps of all; unset while there is none. */
export function typicalLapMillis(state: RaceState): number | undefined {
  return median(Object.values(state.timings).flatMap(({ lastLapMillis }) => lastLapMillis ?? []));
}

interface Loss {
  lossMillis: number;
  uncertaintyMillis: number;
  basis: Rejoin["basis"];
}

/** What a stop costs under the present flag: the lane, less what the others need for the same stretch. */
export function lossOf(state: RaceState): Loss {
  const lanes = Object.values(state.pitStops).flatMap(({ laneMillis }) =>
    laneMillis !== undefined && laneMillis < LONGEST_LANE_MILLIS ? [laneMillis] : [],
  );
  const isKnown = lanes.length >= LEAST_STOPS;
  const lane = (isKnown ? median(lanes) : undefined) ?? USUAL_LANE_MILLIS;
  const stretch = USUAL_LANE_MILLIS - USUAL_LOSS_MILLIS;
  const slowdown = SLOWDOWN[state.trackStatus?.flag ?? TrackFlag.UNSPECIFIED];
  // Entry and exit lie beyond the lane's own ends and cost as well, the slower the field the less.
  const lossMillis = Math.max(0, lane - stretch * (slowdown ?? 1) - (slowdown ? lane * 0.25 : 0));
  const spread = isKnown ? spreadOf(lanes, lane) : USUAL_SPREAD_MILLIS;
  return {
    lossMillis: Math.round(lossMillis),
    uncertaintyMillis: Math.round(spread * (slowdown ? 1.5 : 1)),
    basis: isKnown ? "stops" : "usual",
  };
}

function spreadOf(values: readonly number[], middle: number): number {
  const off = median(values.map((value) => Math.abs(value - middle))) ?? 0;
  return Math.max(LEAST_SPREAD_MILLIS, 1.5 * off);
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function isRunning({ statuses }: RaceState, driverNumber: number): boolean {
  const state = statuses[driverNumber]?.state;
  return (
    state === undefined ||
    state === CarState.UNSPECIFIED ||
    state === CarState.ON_TRACK ||
    state === CarState.OUT_LAP
  );
}
