import { TyreCompound } from "../gen/racetime/v1/car_pb";
import type { PitStop, Stint } from "../gen/racetime/v1/history_pb";
import type { TrackPeriod } from "../gen/racetime/v1/track_pb";
import { median } from "./curves";
import type { Field } from "./field";
import { neutralised } from "./spans";

/** Why a lap tells nothing of a car's pace; unset when it does. */
export type Hindrance = "in" | "out" | "neutralised" | "deleted" | "first";

/** A lap's time with what it was driven on. */
export interface TimedLap {
  lapNumber: number;
  millis: number;
  compound: TyreCompound;
  /** Laps that the tyres had run when it was over. */
  tyreAgeLaps: number | undefined;
  hindrance: Hindrance | undefined;
}

/** What a state has of it. */
export interface LapFacts {
  stints: Readonly<Record<number, Stint>>;
  pitStops: Readonly<Record<number, PitStop>>;
  periods: Readonly<Record<number, TrackPeriod>>;
}

/** Times of a driver's laps. */
export function timedLapsOf(field: Field, facts: LapFacts, driverNumber: number): TimedLap[] {
  const stints = stintsOf(facts.stints, driverNumber);
  const periods = Object.values(facts.periods);
  return (field.get(driverNumber) ?? []).flatMap(({ lap, startMillis, endMillis }): TimedLap[] => {
    const { lapNumber, lapMillis: millis } = lap;
    if (millis === undefined) return [];
    const stint = stints.findLast(({ firstLap = 1 }) => firstLap <= lapNumber);
    const slowed =
      startMillis !== undefined &&
      neutralised(periods, startMillis, endMillis ?? startMillis + millis);
    const stopped = (facts.pitStops[driverNumber * 1000 + lapNumber]?.driverNumber ?? 0) !== 0;
    const hindrance = hindranceOf(lap.deleted, stopped, lap.pitOut, slowed, lapNumber);
    const compound = stint?.compound ?? TyreCompound.UNSPECIFIED;
    return [{ lapNumber, millis, compound, tyreAgeLaps: ageOf(stint, lapNumber), hindrance }];
  });
}

function hindranceOf(
  deleted: boolean,
  stopped: boolean,
  pitOut: boolean,
  slowed: boolean,
  lapNumber: number,
): Hindrance | undefined {
  if (deleted) return "deleted";
  if (stopped) return "in";
  if (pitOut) return "out";
  if (slowed) return "neutralised";
  return lapNumber === 1 ? "first" : undefined;
}

/** A driver's stints in order. */
export function stintsOf(stints: Readonly<Record<number, Stint>>, driverNumber: number): Stint[] {
  return Object.values(stints)
    .filter((stint) => stint.driverNumber === driverNumber && driverNumber !== 0)
    .sort((one, other) => one.stintNumber - other.stintNumber);
}

function ageOf(stint: Stint | undefined, lapNumber: number): number | undefined {
  if (stint?.firstLap === undefined || stint.ageAtStartLaps === undefined) return undefined;
  return stint.ageAtStartLaps + lapNumber - stint.firstLap + 1;
}

const HIGHEST_SHARE = 1.07;
const MARGIN_SHARE = 0.004;

/**
 * The range of times worth looking at, in milliseconds: from the fastest lap to a few per cent above the usual one, so
 * that stops and safety cars do not flatten the rest. Unset when there are no laps.
 */
export function worthwhileRange(laps: readonly TimedLap[]): [number, number] | undefined {
  const free = laps.filter(({ hindrance }) => hindrance === undefined);
  const times = (free.length > 0 ? free : laps).map(({ millis }) => millis);
  const usual = median(times);
  if (usual === undefined) return undefined;
  const low = Math.min(...times);
  const high = Math.min(Math.max(...times), usual * HIGHEST_SHARE);
  return [low * (1 - MARGIN_SHARE), Math.max(high, low) * (1 + MARGIN_SHARE)];
}
