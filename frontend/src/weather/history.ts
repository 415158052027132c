import type { Weather } from "../gen/racetime/v1/weather_pb";

/** Readings of one session, each once, in the order of time. */
export type Readings = readonly Weather[];

/** Instants that are looked at to learn what the weather was; a reading comes about every minute. */
const INSTANTS = 24;
/** Readings nearer to each other than this need nothing between them. */
const NEAR_MILLIS = 150_000;

/** Keep a reading in its place; one that is known already, or has no instant, changes nothing. */
export function withReading(readings: Readings, reading: Weather | undefined): Readings {
  const at = reading?.raceOffsetMillis;
  if (reading === undefined || at === undefined) return readings;
  const index = readings.findLastIndex((one) => (one.raceOffsetMillis ?? 0) <= at);
  if (readings[index]?.raceOffsetMillis === at) return readings;
  return [...readings.slice(0, index + 1), reading, ...readings.slice(index + 1)];
}

export function readingsUpTo(readings: Readings, at: number): Readings {
  return readings.filter(({ raceOffsetMillis }) => (raceOffsetMillis ?? 0) <= at);
}

/**
 * Instants of a span at which no reading is known nearby, coarse ones first, so that a chart has its shape at once.
 */
export function instantsToAsk(readings: Readings, from: number, to: number): number[] {
  const step = Math.max(NEAR_MILLIS, (to - from) / INSTANTS);
  const count = Math.floor((to - from) / step);
  return coarseFirst(count)
    .map((index) => Math.round(from + (index + 1) * step))
    .filter((at) => !isNear(readings, at, step / 2));
}

function isNear(readings: Readings, at: number, span: number): boolean {
  return readings.some(({ raceOffsetMillis }) => Math.abs((raceOffsetMillis ?? 0) - at) <= span);
}

/** 8 -> 0 4 2 6 1 3 5 7: every half between those before. */
function coarseFirst(count: number): number[] {
  const order: number[] = [];
  for (let step = 2 ** Math.ceil(Math.log2(Math.max(1, count))); step >= 1; step /= 2)
    for (let index = 0; index < count; index += step) if (!order.includes(index)) order.push(index);
  return order;
}
