import { MotionBasis, type MotionBatch } from "../gen/racetime/v1/motion_pb";
import { createPlayhead, type Playhead } from "./playhead";

/** Samples of one car, in the order of time. Arrays of equal length; times are race offsets in milliseconds. */
export interface CarSamples {
  times: number[];
  xs: number[];
  ys: number[];
  estimated: boolean;
}

export interface Bounds {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

/** Where the cars were, kept for as long as the playhead may need it. */
export interface Motion {
  cars: Map<number, CarSamples>;
  playhead: Playhead;
  /** Box around all samples seen; unset before the first. */
  bounds(): Bounds | undefined;
  /** Instant of the newest sample that was measured; unset before the first. */
  measuredMillis(): number | undefined;
  add(batches: readonly MotionBatch[], wallMillis: number, speed: number): void;
  reset(): void;
}

/** As long as a stop and what is not known of it take: the ghost is where the car was. */
const KEPT_MILLIS = 60_000;
const KEPT_BEHIND_PLAYHEAD_MILLIS = 5_000;
const MOST_SAMPLES = 4_000;

export function createMotion(): Motion {
  const cars = new Map<number, CarSamples>();
  const playhead = createPlayhead();
  let bounds: Bounds | undefined;
  let newest = Number.NEGATIVE_INFINITY;
  let measured: number | undefined;

  return {
    cars,
    playhead,
    bounds: () => bounds,
    measuredMillis: () => measured,
    add(batches, wallMillis, speed) {
      if (batches.length === 0) return;
      for (const batch of batches) {
        for (const sample of decode(batch)) {
          append(cars, sample);
          bounds = widen(bounds, sample);
          newest = Math.max(newest, sample.time);
          if (!sample.estimated) measured = Math.max(measured ?? sample.time, sample.time);
        }
      }
      if (!Number.isFinite(newest)) return;
      playhead.arrived(newest, wallMillis, speed);
      // Also moves on in a tab that is not shown, where no frame is drawn.
      const needed = (playhead.advance(wallMillis) ?? newest) - KEPT_BEHIND_PLAYHEAD_MILLIS;
      for (const samples of cars.values()) trim(samples, Math.min(needed, newest - KEPT_MILLIS));
    },
    reset() {
      cars.clear();
      playhead.reset();
      bounds = undefined;
      newest = Number.NEGATIVE_INFINITY;
      measured = undefined;
    },
  };
}

export interface Sample {
  driverNumber: number;
  time: number;
  x: number;
  y: number;
  estimated: boolean;
}

const USUAL_STEP_MILLIS = 220;

/** Unpack a batch, as motion.proto says. One that does not add up has no samples. */
export function decode(batch: MotionBatch): Sample[] {
  const times = instantsOf(batch);
  const curved = batch.xCurveDecimeters.length > 0;
  const xs = curved ? batch.xCurveDecimeters : batch.xDecimeters;
  const ys = curved ? batch.yCurveDecimeters : batch.yDecimeters;
  const count = batch.driverNumbers.length * times.length;
  if (xs.length !== count || ys.length !== count) return [];
  const unpack = curved ? ofCurve : summed;
  const estimated = batch.basis === MotionBasis.ESTIMATED;
  return batch.driverNumbers.flatMap((driverNumber, car) => {
    const [begin, end] = [car * times.length, (car + 1) * times.length];
    const y = unpack(ys.slice(begin, end));
    return unpack(xs.slice(begin, end)).map((x, instant) => ({
      driverNumber,
      time: times[instant] ?? 0,
      x,
      y: y[instant] ?? 0,
      estimated,
    }));
  });
}

function instantsOf(batch: MotionBatch): number[] {
  const usual = batch.stepDifferenceMillis.map((difference) => difference + USUAL_STEP_MILLIS);
  return summed([batch.raceOffsetMillis, ...(usual.length > 0 ? usual : batch.stepMillis)]);
}

function summed(numbers: readonly number[]): number[] {
  let sum = 0;
  return numbers.map((number) => {
    sum += number;
    return sum;
  });
}

/** A curve is a coordinate, the way to the next one, then by how much each way differs from the way before it. */
function ofCurve([first, ...rest]: readonly number[]): number[] {
  return first === undefined ? [] : summed([first, ...summed(rest)]);
}

/** Keep a sample; one that is already there or late is passed over, for the playhead has gone by. */
function append(
  cars: Map<number, CarSamples>,
  { driverNumber, time, x, y, estimated }: Sample,
): void {
  let samples = cars.get(driverNumber);
  if (samples === undefined) {
    samples = { times: [], xs: [], ys: [], estimated };
    cars.set(driverNumber, samples);
  }
  const last = samples.times.at(-1);
  if (last !== undefined && time <= last) return;
  samples.times.push(time);
  samples.xs.push(x);
  samples.ys.push(y);
  samples.estimated = estimated;
}

/** Drop samples before an instant, but for one, and never let a car's list grow without bound. */
function trim(samples: CarSamples, beforeMillis: number): void {
  let drop = 0;
  while (drop + 1 < samples.times.length && (samples.times[drop + 1] ?? 0) < beforeMillis)
    drop += 1;
  drop = Math.max(drop, samples.times.length - MOST_SAMPLES);
  if (drop < 64 && drop < samples.times.length / 2) return;
  samples.times.splice(0, drop);
  samples.xs.splice(0, drop);
  samples.ys.splice(0, drop);
}

function widen(bounds: Bounds | undefined, { x, y }: Sample): Bounds | undefined {
  if (x === 0 && y === 0) return bounds; // the feed's way to say that it has no position
  if (bounds === undefined) return { minX: x, minY: y, maxX: x, maxY: y };
  if (x >= bounds.minX && x <= bounds.maxX && y >= bounds.minY && y <= bounds.maxY) return bounds;
  return {
    minX: Math.min(bounds.minX, x),
    minY: Math.min(bounds.minY, y),
    maxX: Math.max(bounds.maxX, x),
    maxY: Math.max(bounds.maxY, y),
  };
}
