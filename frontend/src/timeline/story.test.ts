import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TyreCompound } from "../gen/racetime/v1/car_pb";
import { GetHistoryResponseSchema } from "../gen/racetime/v1/race_service_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { lapScale, timeScale } from "./scale";
import { storyOf } from "./story";
import { flagStretches, namedLaps, tyreStretches } from "./strips";

const lap = (driverNumber: number, lapNumber: number, startRaceOffsetMillis?: number) => ({
  driverNumber,
  lapNumber,
  ...(startRaceOffsetMillis !== undefined && { startRaceOffsetMillis }),
});
const state = create(RaceStateSchema, {
  laps: {
    1: lap(4, 1, 100_000),
    2: lap(81, 1, 100_500),
    3: lap(81, 2, 190_000),
    4: lap(4, 2, 190_900),
    5: lap(4, 3, 281_000),
    6: lap(81, 3),
  },
  stints: {
    1: { driverNumber: 4, stintNumber: 1, compound: TyreCompound.MEDIUM, firstLap: 1, lastLap: 2 },
    2: { driverNumber: 4, stintNumber: 2, compound: TyreCompound.HARD, firstLap: 3 },
  },
  trackPeriods: {
    1: { flag: TrackFlag.SAFETY_CAR, startRaceOffsetMillis: 190_000, endRaceOffsetMillis: 250_000 },
    2: { flag: TrackFlag.SAFETY_CAR_ENDING, startRaceOffsetMillis: 250_000 },
    3: {},
    4: { flag: TrackFlag.RED, startRaceOffsetMillis: 900_000 },
  },
});
const { laps, stints, pitStops: stops, trackPeriods: periods } = state;
const known = { laps, stints, stops, periods };
const story = storyOf(known, undefined);
type Triple = [number, number, number];
const scale = lapScale({
  lapStarts: story.lapStarts,
  totalLaps: 10,
  beginMillis: 0,
  endMillis: 300_000,
  finishMillis: undefined,
});

test("a lap begins when the first car begins it, and laps have equal width", () => {
  expect(story.lapStarts).toEqual([100_000, 190_000, 281_000]);
  const [first, second, third] = [100_000, 190_000, 281_000].map(scale.shareOf) as Triple;
  expect(second - first).toBeCloseTo(third - second);
  expect(scale.lapCount).toBe(10);
});

test("the scale goes both ways, within its bounds", () => {
  for (const time of [0, 50_000, 150_000, 281_000, 500_000])
    expect(scale.timeAt(scale.shareOf(time))).toBeCloseTo(time, 3);
  expect(scale.shareOf(-9)).toBe(0);
  expect(scale.shareOf(1e12)).toBe(1);
  const linear = timeScale(1_000, 2_000);
  expect([linear.shareOf(1_500), linear.timeAt(0.25)]).toEqual([0.5, 1_250]);
});

test("before any lap a race still has an axis", () => {
  const empty = lapScale({
    lapStarts: [],
    totalLaps: 57,
    beginMillis: 5_000,
    endMillis: 5_000,
    finishMillis: undefined,
  });
  expect(empty.shareOf(5_000)).toBeLessThan(0.05);
  expect(empty.timeAt(0.5)).toBeGreaterThan(5_000);
});

test("flags end at the playhead, join their last part, and none of later is told", () => {
  const stretches = flagStretches(story, scale, 260_000);
  expect(stretches).toEqual([
    { look: "sc", letter: "SC", from: scale.shareOf(190_000), to: scale.shareOf(260_000) },
  ]);
});

test("tyres run from fitting to fitting", () => {
  expect(tyreStretches(story, scale, 4, 300_000).map(({ letter }) => letter)).toEqual(["M", "H"]);
  expect(tyreStretches(story, scale, 4, 200_000)).toHaveLength(1);
  expect(tyreStretches(story, scale, 99, 200_000)).toEqual([]);
});

test("a history of the whole session tells the same and more", () => {
  const whole = create(GetHistoryResponseSchema, {
    driverNumbers: [4, 81, 4],
    lapNumbers: [1, 1, 2],
    startRaceOffsetMillis: [100_000, 0, 190_000],
  });
  expect(storyOf(known, whole).lapStarts).toEqual([100_000, 190_000]);
});

test("the axis names laps that do not touch", () => {
  expect(namedLaps(57)).toEqual([1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 57]);
  expect(namedLaps(56)).toEqual([1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 56]);
});
