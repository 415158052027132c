import { CarState } from "../gen/racetime/v1/car_pb";
import {
  PenaltyKind,
  type StewardMatter,
  StewardMatterState,
} from "../gen/racetime/v1/race_control_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { closingMillis } from "../race/closing";
import { timedGapOf } from "../race/rejoin";
import { isGone } from "./format";

/** Driver one place ahead. */
function ahead(state: RaceState, driverNumber: number): number | undefined {
  const place = state.positions[driverNumber]?.position;
  if (!place || place === 1) return undefined;
  const found = Object.entries(state.positions).find(([, { position }]) => position === place - 1);
  return found && Number(found[0]);
}

/** How the interval to the car ahead changes, in milliseconds a lap: negative when it shrinks. */
export function closingPerLap(state: RaceState, driverNumber: number): number | undefined {
  const other = ahead(state, driverNumber);
  if (other === undefined || isGone(state.statuses[other])) return undefined;
  const closing = closingMillis(state, driverNumber, other);
  return closing === undefined ? undefined : -Math.round(closing);
}

/** What the stewards add for a penalty that is not driven before the flag, besides seconds to stand. */
const NOT_DRIVEN_MILLIS = 20_000;

/** Time that a penalty costs when it is added to the race; nothing where it costs no time. */
function costMillis({ penaltyKind, penaltyMillis }: StewardMatter): number {
  const millis = penaltyMillis ?? 0;
  const drives =
    penaltyKind === PenaltyKind.DRIVE_THROUGH || penaltyKind === PenaltyKind.STOP_AND_GO;
  return drives ? NOT_DRIVEN_MILLIS + millis : millis;
}

/** Penalties of a driver that cost time, are decided and not served. */
export function pendingPenalties(state: RaceState, driverNumber: number): StewardMatter[] {
  return Object.values(state.stewardMatters).filter(
    (matter) =>
      matter.driverNumbers[0] === driverNumber &&
      matter.state === StewardMatterState.PENALISED &&
      costMillis(matter) > 0,
  );
}

function netMillis(state: RaceState, driverNumber: number): number | undefined {
  const millis = timedGapOf(state, driverNumber);
  if (millis === undefined || isGone(state.statuses[driverNumber])) return undefined;
  const pending = pendingPenalties(state, driverNumber);
  return pending.reduce((sum, matter) => sum + costMillis(matter), millis);
}

/** The place once pending penalties are added; unset when the gap is not known. */
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
  const [mine, theirs] = [timedGapOf(state, driverNumber), timedGapOf(state, to)];
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
