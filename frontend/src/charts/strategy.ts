import type { TyreCompound } from "../gen/racetime/v1/car_pb";
import type { PitStop, Stint } from "../gen/racetime/v1/history_pb";
import { stintsOf } from "./lapTimes";

/** A run on one set of tyres; laps are those driven: the first lap begins at 0. */
export interface Bar {
  stintNumber: number;
  compound: TyreCompound;
  from: number;
  to: number;
  /** Laps that the set had run before; unset when not known. */
  ageAtStartLaps: number | undefined;
}

/** A stop for other tyres. */
export interface Stop {
  lapNumber: number;
  laneMillis: number | undefined;
  stopMillis: number | undefined;
}

/** What a driver's race has been on. */
export interface Strategy {
  driverNumber: number;
  bars: Bar[];
  stops: Stop[];
}

/** What a state has of it. */
export interface StrategyFacts {
  stints: Readonly<Record<number, Stint>>;
  pitStops: Readonly<Record<number, PitStop>>;
  /** Laps that each driver has completed. */
  lapsCompleted: (driverNumber: number) => number | undefined;
}

/** Stints and stops of drivers, in the order in which they are given. */
export function strategiesOf(facts: StrategyFacts, order: readonly number[]): Strategy[] {
  return order.map((driverNumber) => ({
    driverNumber,
    bars: barsOf(facts, driverNumber),
    stops: stopsOf(facts, driverNumber),
  }));
}

function barsOf(facts: StrategyFacts, driverNumber: number): Bar[] {
  const stints = stintsOf(facts.stints, driverNumber);
  const driven = facts.lapsCompleted(driverNumber);
  return stints.flatMap((stint, index): Bar[] => {
    if (stint.firstLap === undefined) return [];
    const { stintNumber, compound, ageAtStartLaps } = stint;
    const from = stint.firstLap - 1;
    const next = stints[index + 1]?.firstLap;
    const last = index === stints.length - 1;
    const to = last ? Math.max(driven ?? 0, stint.lastLap ?? 0) : (next ?? from + 1) - 1;
    return to < from || (to === from && !last)
      ? []
      : [{ stintNumber, compound, ageAtStartLaps, from, to }];
  });
}

/** Passages through the pit lane after which other tyres were on; a field led through it has not stopped. */
function stopsOf({ stints, pitStops }: StrategyFacts, driverNumber: number): Stop[] {
  const fitted = new Set(stintsOf(stints, driverNumber).map(({ firstLap }) => firstLap));
  return Object.values(pitStops)
    .filter((stop) => stop.driverNumber === driverNumber && driverNumber !== 0)
    .filter(({ lapNumber }) => fitted.has(lapNumber + 1))
    .sort((one, other) => one.lapNumber - other.lapNumber)
    .map(({ lapNumber, laneMillis, stopMillis }) => ({ lapNumber, laneMillis, stopMillis }));
}
