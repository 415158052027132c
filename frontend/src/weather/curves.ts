import type { Weather } from "../gen/racetime/v1/weather_pb";
import type { Readings } from "./history";

export type Point = readonly [millis: number, value: number];

/** A quantity over time. */
export interface Curve {
  low: number;
  high: number;
  newest: number;
  /** Runs of readings that all tell it. */
  parts: readonly (readonly Point[])[];
}

/** The curve of a quantity; unset when no reading tells it. */
export function curveOf(
  readings: Readings,
  quantity: (reading: Weather) => number | undefined,
): Curve | undefined {
  const parts: Point[][] = [[]];
  for (const reading of readings) {
    const value = quantity(reading);
    if (value === undefined) parts.push([]);
    else parts.at(-1)?.push([reading.raceOffsetMillis ?? 0, value]);
  }
  const values = parts.flat().map(([, value]) => value);
  const newest = values.at(-1);
  if (newest === undefined) return undefined;
  return {
    low: Math.min(...values),
    high: Math.max(...values),
    newest,
    parts: parts.filter((part) => part.length > 0),
  };
}

/** Spans of rain, from the first reading that tells of it to the one that tells of none. */
export function rainSpans(readings: Readings, end: number): [from: number, to: number][] {
  const spans: [number, number][] = [];
  let since: number | undefined;
  for (const { raining, raceOffsetMillis: at = 0 } of readings) {
    if (raining) since ??= at;
    else if (since !== undefined) {
      spans.push([since, at]);
      since = undefined;
    }
  }
  if (since !== undefined) spans.push([since, Math.max(since, end)]);
  return spans;
}
