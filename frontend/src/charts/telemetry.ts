import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";
import { type TelemetrySample, unpackTelemetry } from "../live/unpackTelemetry";

/** Readings over a lap by the distance from its start. */
export interface LapTrace {
  distanceMeters: number[];
  /** Time since the lap began, in seconds. */
  elapsedSeconds: number[];
  speedKph: (number | null)[];
  gear: (number | null)[];
  throttlePercent: (number | null)[];
  brake: (number | null)[];
}

/** Unpack the samples of a driver from batches. */
export function samplesOf(
  batches: readonly TelemetryBatch[],
  driverNumber: number,
): TelemetrySample[] {
  return batches.filter((batch) => batch.driverNumber === driverNumber).flatMap(unpackTelemetry);
}

const MILLIS_PER_HOUR_KM = 3_600;
/** A lap with fewer samples a second than this says too little to be drawn. */
const LEAST_SAMPLES = 20;

/**
 * Lay samples of a lap along its distance: speed is summed over time and stretched so that the lap is as long as the
 * circuit. Unset when there are too few samples with a speed.
 */
export function traceOfLap(
  samples: readonly TelemetrySample[],
  startMillis: number,
  endMillis: number,
  lengthMeters: number | undefined,
): LapTrace | undefined {
  const own = within(samples, startMillis, endMillis);
  if (own.length < LEAST_SAMPLES) return undefined;
  const driven = distances(own, startMillis);
  const last = own.at(-1) as TelemetrySample;
  const rest = ((endMillis - last.raceOffsetMillis) * (last.speedKph ?? 0)) / MILLIS_PER_HOUR_KM;
  const whole = (driven.at(-1) ?? 0) + rest;
  const stretch = lengthMeters !== undefined && whole > 0 ? lengthMeters / whole : 1;
  return {
    distanceMeters: driven.map((distance) => distance * stretch),
    elapsedSeconds: own.map((sample) => (sample.raceOffsetMillis - startMillis) / 1000),
    speedKph: own.map((sample) => sample.speedKph),
    gear: own.map((sample) => sample.gear),
    throttlePercent: own.map((sample) => sample.throttlePercent),
    brake: own.map((sample) => sample.brake),
  };
}

/** Samples with a speed of a time, in order, one an instant. */
function within(
  samples: readonly TelemetrySample[],
  startMillis: number,
  endMillis: number,
): TelemetrySample[] {
  const byTime = new Map<number, TelemetrySample>();
  for (const sample of samples) {
    const { raceOffsetMillis: time, speedKph } = sample;
    if (speedKph !== null && time >= startMillis && time <= endMillis) byTime.set(time, sample);
  }
  return [...byTime.values()].sort((one, other) => one.raceOffsetMillis - other.raceOffsetMillis);
}

function distances(samples: readonly TelemetrySample[], startMillis: number): number[] {
  let meters = 0;
  let before: TelemetrySample | undefined;
  return samples.map((sample) => {
    const speed = sample.speedKph ?? 0;
    const millis = sample.raceOffsetMillis - (before?.raceOffsetMillis ?? startMillis);
    meters += (millis * (speed + (before?.speedKph ?? speed))) / 2 / MILLIS_PER_HOUR_KM;
    before = sample;
    return meters;
  });
}

export type Channel = "speedKph" | "gear" | "throttlePercent" | "brake" | "elapsedSeconds";

/** Channels that jump from value to value; the others run straight between samples. */
const STEPPED: ReadonlySet<Channel> = new Set(["gear", "brake"]);

/** A channel's values at distances; null outside of what was measured. */
export function resampled(
  trace: LapTrace,
  channel: Channel,
  atMeters: readonly number[],
): (number | null)[] {
  const values = trace[channel];
  const { distanceMeters } = trace;
  let next = 0;
  return atMeters.map((meters) => {
    while (next < distanceMeters.length && (distanceMeters[next] ?? 0) < meters) next += 1;
    const [low, high] = [values[next - 1], values[next]];
    if (distanceMeters[next] === meters) return high ?? null;
    if (next === 0 || low === null || low === undefined) return null;
    if (STEPPED.has(channel)) return low;
    if (high === null || high === undefined) return null;
    const from = distanceMeters[next - 1] ?? 0;
    const share = (meters - from) / ((distanceMeters[next] ?? 0) - from || 1);
    return low + (high - low) * share;
  });
}

/** Seconds that a lap had taken longer than another at distances. */
export function timeDelta(
  trace: LapTrace,
  reference: LapTrace,
  atMeters: readonly number[],
): (number | null)[] {
  const own = resampled(trace, "elapsedSeconds", atMeters);
  const base = resampled(reference, "elapsedSeconds", atMeters);
  return own.map((value, index) => {
    const other = base[index];
    return value === null || other === null || other === undefined ? null : value - other;
  });
}
