import type { Lap, PitStop, Stint } from "../gen/racetime/v1/history_pb";
import type { GetHistoryResponse } from "../gen/racetime/v1/race_service_pb";
import { TrackFlag, type TrackPeriod } from "../gen/racetime/v1/track_pb";

/** What the timeline tells of a session. Times are race offsets in milliseconds. */
export interface Story {
  /** When the first car began each lap, from lap 1; laps that nobody began are left out at the end. */
  lapStarts: readonly number[];
  periods: readonly TrackPeriod[];
  stints: readonly Stint[];
  stops: readonly PitStop[];
  laps: readonly LapStart[];
}

/** When a driver began a lap. */
export interface LapStart {
  driverNumber: number;
  lapNumber: number;
  startMillis: number;
}

/** What the state at the playhead has of it. */
export interface Known {
  laps: Readonly<Record<number, Lap>>;
  stints: Readonly<Record<number, Stint>>;
  stops: Readonly<Record<number, PitStop>>;
  periods: Readonly<Record<number, TrackPeriod>>;
}

/** Tell the story up to the playhead, or as far as a history of the whole session goes. */
export function storyOf(known: Known, whole: GetHistoryResponse | undefined): Story {
  const laps = whole ? lapsOfHistory(whole) : lapsOfState(known.laps);
  return {
    lapStarts: firstStarts(laps),
    periods: (whole?.trackPeriods ?? Object.values(known.periods)).filter(isTrue),
    stints: whole?.stints ?? Object.values(known.stints),
    stops: whole?.pitStops ?? Object.values(known.stops),
    laps,
  };
}

/** Entries that turned out untrue come again, empty. */
const isTrue = ({ flag }: TrackPeriod): boolean => flag !== TrackFlag.UNSPECIFIED;

function lapsOfState(laps: Readonly<Record<number, Lap>>): LapStart[] {
  return Object.values(laps).flatMap(({ driverNumber, lapNumber, startRaceOffsetMillis }) =>
    startRaceOffsetMillis === undefined
      ? []
      : [{ driverNumber, lapNumber, startMillis: startRaceOffsetMillis }],
  );
}

function lapsOfHistory(history: GetHistoryResponse): LapStart[] {
  return history.lapNumbers.flatMap((lapNumber, row) => {
    const startMillis = history.startRaceOffsetMillis[row] ?? 0;
    const driverNumber = history.driverNumbers[row] ?? 0;
    return startMillis === 0 ? [] : [{ driverNumber, lapNumber, startMillis }];
  });
}

function firstStarts(laps: readonly LapStart[]): number[] {
  const first: number[] = [];
  for (const { lapNumber, startMillis } of laps) {
    if (lapNumber < 1) continue;
    first[lapNumber - 1] = Math.min(first[lapNumber - 1] ?? Number.POSITIVE_INFINITY, startMillis);
  }
  const known: number[] = [];
  for (const start of first) {
    // A hole would bend the scale: what is behind it is not drawn by laps.
    if (start === undefined || start <= (known.at(-1) ?? Number.NEGATIVE_INFINITY)) break;
    known.push(start);
  }
  return known;
}
