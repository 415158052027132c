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
    controls: [packed(8, 0, 1, 100), packed(7, 1, 2, 0)],
  });
  expect(unpackTelemetry(batch)).toEqual([
    { raceOffsetMillis: 1_000, speedKph: 200, gear: 8, brake: 0, throttlePercent: 100 },
    { raceOffsetMillis: 1_240, speedKph: 205, gear: 7, brake: 1, throttlePercent: 0 },
    { raceOffsetMillis: 1_440, speedKph: 205, gear: 7, brake: 1, throttlePercent: 0 },
  ]);
});

test("the unknown is null, and neutral is gear 0", () => {
  const batch = create(TelemetryBatchSchema, { controls: [packed(9, 2, 2, 101)] });
  const unknown = { speedKph: null, gear: null, brake: null, throttlePercent: null };
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
    throttlePercent: 55,
  });
});
