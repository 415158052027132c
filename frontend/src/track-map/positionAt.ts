import type { CarSamples } from "./motion";

export interface CarPlace {
  x: number;
  y: number;
  /** How far the instant asked for is past the car's newest sample. */
  lateMillis: number;
}

/** Steps longer than this are not curves that a car drove between two samples, but holes. */
const LONGEST_CURVE_MILLIS = 1_500;

/**
 * Tell where a car was at an instant: on a curve through its samples, or at its newest sample when the instant is past
 * it. Nothing is guessed. Unset when the car has no sample, or none yet at that instant.
 */
export function positionAt(samples: CarSamples, time: number): CarPlace | undefined {
  const { times, xs, ys } = samples;
  const last = times.length - 1;
  if (last < 0) return undefined;
  const next = indexAfter(times, time);
  if (next > last) {
    return { x: at(xs, last), y: at(ys, last), lateMillis: time - at(times, last) };
  }
  if (next === 0)
    return at(times, 0) - time > LONGEST_CURVE_MILLIS
      ? undefined
      : { x: at(xs, 0), y: at(ys, 0), lateMillis: 0 };
  const from = at(times, next - 1);
  const share = (time - from) / (at(times, next) - from);
  if (at(times, next) - from > LONGEST_CURVE_MILLIS) {
    return { x: line(xs, next, share), y: line(ys, next, share), lateMillis: 0 };
  }
  return { x: curve(times, xs, next, share), y: curve(times, ys, next, share), lateMillis: 0 };
}

/** Index of the first time after `time`, by bisection. */
function indexAfter(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(times, middle) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function line(values: readonly number[], next: number, share: number): number {
  return at(values, next - 1) + (at(values, next) - at(values, next - 1)) * share;
}

/** Hermite curve whose slopes are those between the neighbours (Catmull-Rom for uneven steps). */
function curve(
  times: readonly number[],
  values: readonly number[],
  next: number,
  share: number,
): number {
  const step = at(times, next) - at(times, next - 1);
  const start = slope(times, values, next - 2, next) * step;
  const end = slope(times, values, next - 1, next + 1) * step;
  const a = at(values, next - 1);
  const b = at(values, next);
  const square = share * share;
  const cube = square * share;
  return (
    (2 * cube - 3 * square + 1) * a +
    (cube - 2 * square + share) * start +
    (3 * square - 2 * cube) * b +
    (cube - square) * end
  );
}

function slope(
  times: readonly number[],
  values: readonly number[],
  from: number,
  to: number,
): number {
  let first = Math.max(0, from);
  let last = Math.min(times.length - 1, to);
  // A neighbour beyond a hole tells nothing of the curve.
  if (at(times, first + 1) - at(times, first) > LONGEST_CURVE_MILLIS && first + 1 < last)
    first += 1;
  if (at(times, last) - at(times, last - 1) > LONGEST_CURVE_MILLIS && last - 1 > first) last -= 1;
  const step = at(times, last) - at(times, first);
  return step > 0 ? (at(values, last) - at(values, first)) / step : 0;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
