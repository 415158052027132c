import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";
import { unpackTelemetry } from "./unpackTelemetry";

/** Samples of one driver in the order of time, a column a quantity; undefined where a sample does not tell. */
export interface Columns {
  times: number[];
  speedKph: (number | undefined)[];
  gear: (number | undefined)[];
  throttlePercent: (number | undefined)[];
  braking: (boolean | undefined)[];
  engineRpm: (number | undefined)[];
  aiding: (boolean | undefined)[];
}

/** What a car does at an instant. */
export interface Reading {
  speedKph: number | undefined;
  gear: number | undefined;
  throttlePercent: number | undefined;
  braking: boolean | undefined;
  engineRpm: number | undefined;
  /** Whether the overtaking aid is open or in use. */
  aiding: boolean | undefined;
}

/** Between samples further apart than this nothing is known. */
const LONGEST_STEP_MILLIS = 3_000;

export const emptyColumns = (): Columns => ({
  times: [],
  speedKph: [],
  gear: [],
  throttlePercent: [],
  braking: [],
  engineRpm: [],
  aiding: [],
});

/** Keep the samples of a batch that are newer than those held. */
export function append(columns: Columns, batch: TelemetryBatch): void {
  for (const sample of unpackTelemetry(batch)) {
    const { raceOffsetMillis, brake, aid } = sample;
    if (raceOffsetMillis <= (columns.times.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
    columns.times.push(raceOffsetMillis);
    columns.speedKph.push(sample.speedKph ?? undefined);
    columns.gear.push(sample.gear ?? undefined);
    columns.throttlePercent.push(sample.throttlePercent ?? undefined);
    columns.braking.push(brake === null ? undefined : brake > 0);
    columns.engineRpm.push(sample.engineRpm ?? undefined);
    columns.aiding.push(aid === null ? undefined : aid > 0);
  }
}

/** Drop samples before an instant. */
export function dropBefore(columns: Columns, beforeMillis: number): void {
  const count = columns.times.findIndex((time) => time >= beforeMillis);
  const dropped = count === -1 ? columns.times.length : count;
  if (dropped === 0) return;
  for (const column of Object.values(columns) as unknown[][]) column.splice(0, dropped);
}

/** What was so at an instant: speeds and pedals between samples, gears and switches as of the one before. */
export function readingAt(columns: Columns, millis: number): Reading | undefined {
  const { times } = columns;
  const before = times.findLastIndex((time) => time <= millis);
  if (before === -1) return undefined;
  const [from = 0, to = Number.POSITIVE_INFINITY] = [times[before], times[before + 1]];
  const span = to - from;
  if (Math.min(span, millis - from) > LONGEST_STEP_MILLIS) return undefined;
  const share = Number.isFinite(span) ? (millis - from) / span : 0;
  const between = (column: readonly (number | undefined)[]): number | undefined => {
    const [low, high] = [column[before], column[before + 1]];
    return low === undefined || high === undefined ? low : low + (high - low) * share;
  };
  return {
    speedKph: between(columns.speedKph),
    gear: columns.gear[before],
    throttlePercent: between(columns.throttlePercent),
    braking: columns.braking[before],
    engineRpm: between(columns.engineRpm),
    aiding: columns.aiding[before],
  };
}
