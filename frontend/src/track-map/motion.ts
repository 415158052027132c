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
  add(batches: readonly MotionBatch[], wallMillis: number, speed: number): void;
  reset(): void;
}

const KEPT_MILLIS = 30_000;
const KEPT_BEHIND_PLAYHEAD_MILLIS = 5_000;
const MOST_SAMPLES = 4_000;

export function createMotion(): Motion {
  const cars = new Map<number, CarSamples>();
  const playhead = createPlayhead();
  let bounds: Bounds | undefined;
  let newest = Number.NEGATIVE_INFINITY;

  return {
    cars,
    playhead,
    bounds: () => bounds,
    add(batches, wallMillis, speed) {
      if (batches.length === 0) return;
      for (const batch of batches) {
        for (const sample of decode(batch)) {
          append(cars, sample);
          bounds = widen(bounds, sample);
          newest = Math.max(newest, sample.time);
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

/** Unpack a batch: of each car the first coordinate, then differences. A batch that does not add up has no samples. */
export function decode(batch: MotionBatch): Sample[] {
  const instants = batch.stepMillis.length + 1;
  const count = batch.driverNumbers.length * instants;
  if (batch.xDecimeters.length !== count || batch.yDecimeters.length !== count) return [];
  const estimated = batch.basis === MotionBasis.ESTIMATED;
  return batch.driverNumbers.flatMap((driverNumber, car) => {
    const samples: Sample[] = [];
    let time = batch.raceOffsetMillis;
    let x = 0;
    let y = 0;
    for (let instant = 0; instant < instants; instant += 1) {
      if (instant > 0) time += batch.stepMillis[instant - 1] ?? 0;
      x += batch.xDecimeters[car * instants + instant] ?? 0;
      y += batch.yDecimeters[car * instants + instant] ?? 0;
      samples.push({ driverNumber, time, x, y, estimated });
    }
    return samples;
  });
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
