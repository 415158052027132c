import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TelemetryBatchSchema } from "../gen/racetime/v1/motion_pb";
import { unpackTelemetry } from "./unpackTelemetry";

const packed = (gear: number, brake: number, aid: number, throttle: number): number =>
  gear + 10 * brake + 30 * aid + 90 * throttle;

test("what is packed in one number is told apart, and the last value goes on", () => {
  const batch = create(TelemetryBatchSchema, {
    raceOffsetMillis: 1_000,
    stepDifferenceMillis: [20, -20],
    speedKph: [200, 5],
    engineSpeedDecarpm: [1_100, -50],
    controls: [packed(8, 0, 1, 100), packed(7, 1, 2, 0)],
  });
  const later = {
    speedKph: 205,
    gear: 7,
    brake: 1,
    aid: null,
    throttlePercent: 0,
    engineRpm: 10_500,
  };
  expect(unpackTelemetry(batch)).toEqual([
    {
      raceOffsetMillis: 1_000,
      speedKph: 200,
      gear: 8,
      brake: 0,
      aid: 1,
      throttlePercent: 100,
      engineRpm: 11_000,
    },
    { raceOffsetMillis: 1_240, ...later },
    { raceOffsetMillis: 1_440, ...later },
  ]);
});

test("the unknown is null, and neutral is gear 0", () => {
  const batch = create(TelemetryBatchSchema, { controls: [packed(9, 2, 2, 101)] });
  const pedals = { gear: null, brake: null, aid: null, throttlePercent: null };
  const unknown = { speedKph: null, engineRpm: null, ...pedals };
  expect(unpackTelemetry(batch)).toEqual([{ raceOffsetMillis: 0, ...unknown }]);
  const neutral = create(TelemetryBatchSchema, { controls: [0] });
  expect(unpackTelemetry(neutral)[0]).toMatchObject({ gear: 0, brake: 0, throttlePercent: 0 });
});

test("batches of older logs are read too", () => {
  const batch = create(TelemetryBatchSchema, {
    stepMillis: [240, 260],
    speedKph: [100, 10, -1],
    gears: [3, 4, 4],
    throttlePercent: [50, 2, 3],
    brakes: [true, false, false],
  });
  expect(unpackTelemetry(batch).at(-1)).toEqual({
    raceOffsetMillis: 500,
    speedKph: 109,
    gear: 4,
    brake: 0,
    aid: null,
    throttlePercent: 55,
    engineRpm: null,
  });
});
