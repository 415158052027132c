import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { MotionBasis, MotionBatchSchema } from "../gen/racetime/v1/motion_pb";
import { createMotion, decode } from "./motion";

const batch = (init: Parameters<typeof create<typeof MotionBatchSchema>>[1]) =>
  create(MotionBatchSchema, init);

test.each([
  {
    stepDifferenceMillis: [50, 60],
    xCurveDecimeters: [100, 5, -8, -200, 0, 1],
    yCurveDecimeters: [7, 1, 0, 50, -10, 0],
  },
  {
    stepMillis: [270, 280],
    xDecimeters: [100, 5, -3, -200, 0, 1],
    yDecimeters: [7, 1, 1, 50, -10, -10],
  },
])("a batch unpacks to samples, car by car, one of an older log too", (packed) => {
  const samples = decode(batch({ raceOffsetMillis: 1000, driverNumbers: [4, 81], ...packed }));
  expect(samples.map(({ driverNumber, time, x, y }) => [driverNumber, time, x, y])).toEqual([
    [4, 1000, 100, 7],
    [4, 1270, 105, 8],
    [4, 1550, 102, 9],
    [81, 1000, -200, 50],
    [81, 1270, -200, 40],
    [81, 1550, -199, 30],
  ]);
});

test("a batch that does not add up has no samples", () => {
  expect(decode(batch({ driverNumbers: [4], xDecimeters: [1, 2], yDecimeters: [1, 2] }))).toEqual(
    [],
  );
});

test("samples that are there already are not kept twice", () => {
  const motion = createMotion();
  const twice = batch({
    raceOffsetMillis: 10,
    driverNumbers: [4],
    xDecimeters: [1],
    yDecimeters: [2],
  });
  motion.add([twice, twice], 0, 1);
  expect(motion.cars.get(4)?.times).toEqual([10]);
});

test("memory is bounded: of a long race only the last seconds are kept", () => {
  const motion = createMotion();
  for (let time = 0; time < 600_000; time += 250) {
    motion.add(
      [
        batch({
          raceOffsetMillis: time,
          driverNumbers: [4],
          xDecimeters: [time],
          yDecimeters: [1],
        }),
      ],
      time,
      1,
    );
    motion.playhead.advance(time);
  }
  const times = motion.cars.get(4)?.times ?? [];
  expect(times.length).toBeLessThan(350);
  expect(times.at(-1)).toBe(599_750);
});

test("the box around the samples passes over the feed's way to say that it has no position", () => {
  const motion = createMotion();
  motion.add(
    [batch({ driverNumbers: [4, 5, 6], xDecimeters: [10, 0, -20], yDecimeters: [5, 0, 50] })],
    0,
    1,
  );
  expect(motion.bounds()).toEqual({ minX: -20, maxX: 10, minY: 5, maxY: 50 });
});

test("estimated positions are known as such", () => {
  const motion = createMotion();
  const basis = MotionBasis.ESTIMATED;
  motion.add([batch({ driverNumbers: [4], xDecimeters: [1], yDecimeters: [2], basis })], 0, 1);
  expect(motion.cars.get(4)?.estimated).toBe(true);
});
