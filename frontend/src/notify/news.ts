import type { CarStatus } from "../gen/racetime/v1/car_pb";
import { CarState } from "../gen/racetime/v1/car_pb";
import type { RaceEvent, TeamRadio } from "../gen/racetime/v1/history_pb";
import type { RaceControlMessage } from "../gen/racetime/v1/race_control_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { TrackFlag } from "../gen/racetime/v1/track_pb";
import type { RaceView } from "../live/raceStore";

/** What has happened between two states that follow each other. */
export interface News {
  messages: readonly RaceControlMessage[];
  events: readonly RaceEvent[];
  radio: readonly TeamRadio[];
  /** Drivers who came into the pit lane. */
  pits: readonly number[];
  /** The flag of the whole track, when it changed. */
  flag: TrackFlag | undefined;
}

type Held = Pick<RaceView, "state" | "connection">;

/** Older than this at the playhead is not told: it was missed. Sources tell events later than messages. */
const MESSAGE_FRESH_MILLIS = 30_000;
const EVENT_FRESH_MILLIS = 90_000;
/** Wall time that a state may be behind at a fast pace. */
const FRESH_WALL_MILLIS = 5_000;

/** Tell what is new; nothing when the later state does not go on from the earlier: after a join, a seek, a reconnect. */
export function newsBetween(
  before: Held,
  after: Held,
  now: number | undefined,
  speed: number,
): News | undefined {
  const [old, next] = [before.state, after.state];
  if (old === undefined || next === undefined || old === next || now === undefined)
    return undefined;
  const same = before.connection.sinceMillis === after.connection.sinceMillis;
  if (!same || !goesOn(old, next)) return undefined;
  const fresh = (limit: number) => (one: { raceOffsetMillis: number }) =>
    now - one.raceOffsetMillis < Math.max(limit, FRESH_WALL_MILLIS * speed);
  return {
    messages: next.raceControl.slice(old.raceControl.length).filter(fresh(MESSAGE_FRESH_MILLIS)),
    events: added(old.events, next.events)
      .filter(({ kind }) => kind !== 0)
      .filter(fresh(EVENT_FRESH_MILLIS)),
    radio: added(old.teamRadio, next.teamRadio)
      .filter(({ recordingUrl }) => recordingUrl !== "")
      .filter(fresh(EVENT_FRESH_MILLIS)),
    pits: pitted(old.statuses, next.statuses),
    flag: old.trackStatus?.flag === next.trackStatus?.flag ? undefined : next.trackStatus?.flag,
  };
}

/**
 * Whether a state was merged from another: merging keeps what it does not touch, while a snapshot is new throughout.
 */
function goesOn(old: RaceState, next: RaceState): boolean {
  if (old.session?.sessionKey !== next.session?.sessionKey) return false;
  if (old.session !== undefined && old.session === next.session) return true;
  return Object.entries(old.drivers).some(
    ([number, driver]) => next.drivers[Number(number)] === driver,
  );
}

function added<T>(old: Readonly<Record<string, T>>, next: Readonly<Record<string, T>>): T[] {
  if (old === next) return [];
  return Object.entries(next).flatMap(([key, value]) => (Object.hasOwn(old, key) ? [] : [value]));
}

function pitted(
  old: Readonly<Record<number, CarStatus>>,
  next: Readonly<Record<number, CarStatus>>,
): number[] {
  if (old === next) return [];
  return Object.entries(next).flatMap(([key, status]) => {
    const before = old[Number(key)]?.state;
    const came = before === CarState.ON_TRACK || before === CarState.OUT_LAP;
    return came && status.state === CarState.IN_PIT ? [Number(key)] : [];
  });
}
