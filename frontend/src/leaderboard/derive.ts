import { CarState } from "../gen/racetime/v1/car_pb";
import { PenaltyKind, StewardMatterState } from "../gen/racetime/v1/race_control_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { isGone } from "./format";

const CLOSING_LAPS = 3;

function cleanLap(state: RaceState, driverNumber: number, lapNumber: number): number | undefined {
  const lap = state.laps[driverNumber * 1000 + lapNumber];
  const inLap = state.pitStops[driverNumber * 1000 + lapNumber] !== undefined;
  return lap === undefined || lap.pitOut || inLap ? undefined : lap.lapMillis;
}

/** Driver one place ahead. */
function ahead(state: RaceState, driverNumber: number): number | undefined {
  const place = state.positions[driverNumber]?.position;
  if (!place || place === 1) return undefined;
  const found = Object.entries(state.positions).find(([, { position }]) => position === place - 1);
  return found && Number(found[0]);
}

/**
 * Milliseconds a lap by which the car ahead gets nearer, negative when nearer.
 *
 * The mean over the newest laps that both drove without the pit lane; unset while there is none.
 */
export function closingPerLap(state: RaceState, driverNumber: number): number | undefined {
  const other = ahead(state, driverNumber);
  const newest = state.timings[driverNumber]?.lapsCompleted;
  if (other === undefined || newest === undefined || isGone(state.statuses[other]))
    return undefined;
  const changes: number[] = [];
  for (let lap = newest; lap > Math.max(0, newest - CLOSING_LAPS); lap -= 1) {
    const mine = cleanLap(state, driverNumber, lap);
    const theirs = cleanLap(state, other, lap);
    if (mine !== undefined && theirs !== undefined) changes.push(mine - theirs);
  }
  if (changes.length === 0) return undefined;
  return Math.round(changes.reduce((sum, change) => sum + change, 0) / changes.length);
}

/** Time penalties of a driver that are decided and not served. */
export function pendingPenalties(state: RaceState, driverNumber: number) {
  return Object.values(state.stewardMatters).filter(
    (matter) =>
      matter.driverNumbers[0] === driverNumber &&
      matter.state === StewardMatterState.PENALISED &&
      matter.penaltyKind !== PenaltyKind.STOP_AND_GO &&
      (matter.penaltyMillis ?? 0) > 0,
  );
}

function netMillis(state: RaceState, driverNumber: number): number | undefined {
  const gap = state.gaps[driverNumber];
  const leads = state.positions[driverNumber]?.position === 1;
  const millis =
    gap?.gapToLeader.case === "gapToLeaderMillis"
      ? gap.gapToLeader.value
      : (gap?.estimatedGapToLeaderMillis ?? (leads ? 0 : undefined));
  if (millis === undefined || isGone(state.statuses[driverNumber])) return undefined;
  const pending = pendingPenalties(state, driverNumber);
  return pending.reduce((sum, { penaltyMillis }) => sum + (penaltyMillis ?? 0), millis);
}

/** The place once pending time penalties are added; unset when the gap is not known. */
export function netPlace(state: RaceState, driverNumber: number): number | undefined {
  const mine = netMillis(state, driverNumber);
  const place = state.positions[driverNumber]?.position;
  if (mine === undefined || !place) return undefined;
  const before = Object.entries(state.positions).filter(([key, { position }]) => {
    const other = Number(key);
    if (other === driverNumber || !position) return false;
    const theirs = netMillis(state, other);
    if (theirs === undefined) return position < place;
    return theirs < mine || (theirs === mine && position < place);
  });
  return before.length + 1;
}

/** Laps whose time does not count, and matters about track limits. */
export function trackLimits(state: RaceState, driverNumber: number): number | undefined {
  const laps = Object.values(state.laps).filter((lap) => lap.driverNumber === driverNumber);
  const matters = Object.values(state.stewardMatters).filter(
    ({ driverNumbers, reason }) =>
      driverNumbers[0] === driverNumber && /TRACK LIMITS/i.test(reason),
  );
  if (laps.length === 0 && matters.length === 0) return undefined;
  return laps.filter(({ deleted }) => deleted).length + matters.length;
}

/** Milliseconds behind another driver, negative ahead of him; unset when either gap is not known. */
export function gapToDriver(
  state: RaceState,
  driverNumber: number,
  to: number,
): number | undefined {
  const behind = (number: number): number | undefined => {
    if (state.positions[number]?.position === 1) return 0;
    const gap = state.gaps[number];
    return gap?.gapToLeader.case === "gapToLeaderMillis"
      ? gap.gapToLeader.value
      : gap?.estimatedGapToLeaderMillis;
  };
  const [mine, theirs] = [behind(driverNumber), behind(to)];
  return mine === undefined || theirs === undefined ? undefined : mine - theirs;
}

/** Whole tenths of a second that a car has been in the pit lane; unset when it is not there. */
export function pitMillis(
  state: RaceState,
  driverNumber: number,
  now: number | undefined,
): number | undefined {
  const status = state.statuses[driverNumber];
  const entry = status?.pitEntryRaceOffsetMillis;
  if (status?.state !== CarState.IN_PIT || entry === undefined || now === undefined || now < entry)
    return undefined;
  return Math.floor((now - entry) / 100) * 100;
}
