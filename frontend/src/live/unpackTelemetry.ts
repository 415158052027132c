import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";

/** A car's readings at an instant; null where the feed has none. */
export interface TelemetrySample {
  raceOffsetMillis: number;
  speedKph: number | null;
  gear: number | null;
  throttlePercent: number | null;
  /** 1 when the brake is on. */
  brake: number | null;
  /** 1 while the overtaking aid is open or in use. */
  aid: number | null;
  engineRpm: number | null;
}

const USUAL_STEP_MILLIS = 220;
const UNKNOWN_GEAR = 9;
const UNKNOWN_SWITCH = 2;
const UNKNOWN_THROTTLE = 101;

/** Instants of a batch's samples, in race time. */
export function instantsOf(batch: TelemetryBatch): number[] {
  const { stepDifferenceMillis: differences, stepMillis } = batch;
  const steps =
    differences.length > 0 ? differences.map((step) => step + USUAL_STEP_MILLIS) : stepMillis;
  let instant = batch.raceOffsetMillis;
  return [instant, ...steps.map((step) => (instant += step))];
}

/** Unpack the samples of a batch, as motion.proto packs them now and as older logs do. */
export function unpackTelemetry(batch: TelemetryBatch): TelemetrySample[] {
  const speeds = summed(batch.speedKph);
  const engine = summed(batch.engineSpeedDecarpm).map((decarpm) => decarpm * 10);
  const controls = batch.controls.length > 0 ? packedControls(batch) : plainControls(batch);
  return instantsOf(batch).map((raceOffsetMillis, index) => ({
    raceOffsetMillis,
    speedKph: goingOn(speeds, index),
    engineRpm: goingOn(engine, index),
    ...controls(index),
  }));
}

type Controls = Pick<TelemetrySample, "gear" | "throttlePercent" | "brake" | "aid">;

function packedControls({ controls }: TelemetryBatch): (index: number) => Controls {
  return (index) => {
    const packed = goingOn(controls, index) ?? 0;
    return {
      gear: unless(UNKNOWN_GEAR, packed % 10),
      brake: unless(UNKNOWN_SWITCH, Math.floor(packed / 10) % 3),
      aid: unless(UNKNOWN_SWITCH, Math.floor(packed / 30) % 3),
      throttlePercent: unless(UNKNOWN_THROTTLE, Math.floor(packed / 90)),
    };
  };
}

function plainControls(batch: TelemetryBatch): (index: number) => Controls {
  const throttle = summed(batch.throttlePercent);
  return (index) => {
    const brake = goingOn(batch.brakes, index);
    const aid = goingOn(batch.overtakingAids, index);
    return {
      gear: goingOn(batch.gears, index),
      brake: brake === null ? null : Number(brake),
      aid: aid === null ? null : Number(aid),
      throttlePercent: goingOn(throttle, index),
    };
  };
}

/** Values at the end that bring no change are left out; a list without any is not known. */
function goingOn<T>(values: readonly T[], index: number): T | null {
  return values[index] ?? values.at(-1) ?? null;
}

const unless = (unknown: number, value: number): number | null =>
  value === unknown ? null : value;

function summed(differences: readonly number[]): number[] {
  let value = 0;
  return differences.map((difference) => (value += difference));
}
