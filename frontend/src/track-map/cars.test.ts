import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CarState } from "../gen/racetime/v1/car_pb";
import { MotionBatchSchema } from "../gen/racetime/v1/motion_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { carLooks, carsAt } from "./cars";
import { createMotion } from "./motion";

const projection = { scale: 1, project: (x: number, y: number) => ({ x, y }) };

function shownAt(time: number, state: CarState): string[] {
  const race = create(RaceStateSchema, {
    drivers: { 4: { nameAcronym: "SAL" } },
    statuses: { 4: { state } },
  });
  const motion = createMotion();
  const batch = { raceOffsetMillis: 0, driverNumbers: [4], xDecimeters: [5], yDecimeters: [6] };
  motion.add([create(MotionBatchSchema, batch)], 0, 1);
  const looks = carLooks(race, "dark");
  const cars = carsAt({ looks, motion, projection, time, speed: 1, selected: undefined });
  return cars.map(({ code, shape, stale }) => `${code} ${shape}${stale ? " stale" : ""}`);
}

test("a car that stopped keeps its mark when its samples have ended", () => {
  expect(shownAt(600_000, CarState.STOPPED)).toEqual(["SAL out stale"]);
  expect(shownAt(600_000, CarState.RETIRED)).toEqual(["SAL out stale"]);
});

test("a running car whose samples have ended long ago is left out", () => {
  expect(shownAt(5_000, CarState.ON_TRACK)).toEqual(["SAL running stale"]);
  expect(shownAt(600_000, CarState.ON_TRACK)).toEqual([]);
});
