import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TyreCompound } from "../gen/racetime/v1/car_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import type { Entrant } from "./entrants";
import { fieldOf } from "./field";
import { timedLapsOf, worthwhileRange } from "./lapTimes";
import { lapTimesModel } from "./lapTimesModel";
import { strategiesOf } from "./strategy";

const lap = (lapNumber: number, lapMillis: number, rest = {}) => ({
  driverNumber: 4,
  lapNumber,
  lapMillis,
  startRaceOffsetMillis: lapNumber * 100_000,
  ...rest,
});
const state = create(RaceStateSchema, {
  laps: {
    1: lap(1, 99_000),
    2: lap(2, 90_000),
    3: lap(3, 91_000),
    4: lap(4, 110_000),
    5: lap(5, 95_000, { pitOut: true }),
    6: lap(6, 140_000),
    7: lap(7, 89_000, { deleted: true }),
    8: { driverNumber: 4, lapNumber: 8 },
  },
  stints: {
    4002: {
      driverNumber: 4,
      stintNumber: 2,
      compound: TyreCompound.HARD,
      firstLap: 5,
      lastLap: 7,
      ageAtStartLaps: 2,
    },
    4001: { driverNumber: 4, stintNumber: 1, compound: TyreCompound.SOFT, firstLap: 1, lastLap: 4 },
    5: {},
  },
  pitStops: {
    4004: { driverNumber: 4, lapNumber: 4, laneMillis: 21_400 },
    4002: { driverNumber: 4, lapNumber: 2, laneMillis: 12_000 },
    9: {},
  },
  trackPeriods: {
    1: { flag: TrackFlag.SAFETY_CAR, startRaceOffsetMillis: 610_000, endRaceOffsetMillis: 690_000 },
  },
});
const facts = {
  stints: state.stints,
  pitStops: { 4004: state.pitStops[4004] ?? fail() },
  periods: state.trackPeriods,
};
const field = fieldOf(state.laps);
const laps = timedLapsOf(field, facts, 4);

function fail(): never {
  throw new Error("the stop is missing");
}

test("laps know their tyres and what hindered them", () => {
  expect(laps.map(({ hindrance }) => hindrance)).toEqual([
    "first",
    undefined,
    undefined,
    "in",
    "out",
    "neutralised",
    "deleted",
  ]);
  expect(laps.map(({ compound }) => compound)).toEqual([1, 1, 1, 1, 3, 3, 3]);
  expect(laps.map(({ tyreAgeLaps }) => tyreAgeLaps).slice(3)).toEqual([undefined, 3, 4, 5]);
});

test("slow laps do not flatten the others, and without free laps all count", () => {
  const [low, high] = worthwhileRange(laps) ?? [0, 0];
  expect([low < 90_000, high > 91_000, high < 95_000]).toEqual([true, true, true]);
  expect(worthwhileRange(laps.slice(3, 4))?.[1]).toBeGreaterThan(110_000);
  expect(worthwhileRange([])).toBeUndefined();
});

test("the chart holds the last laps, hollow where they tell nothing", () => {
  const entrant: Entrant = {
    driverNumber: 4,
    code: "NOR",
    colour: "#fff",
    dashed: false,
    weight: "plain",
  };
  const model = lapTimesModel(field, facts, [entrant], [], { reachLaps: 5, allTimes: true });
  expect(model.x).toEqual([3, 4, 5, 6, 7]);
  expect(model.lines[0]?.values).toEqual([91, 110, 95, 140, 89]);
  expect(model.lines[0]?.marks?.map((mark) => mark?.hollow)).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  expect(model.lines[0]?.marks?.[2]?.letter).toBe("H");
});

test("stints follow one another; a passage without other tyres is no stop", () => {
  const { stints, pitStops } = state;
  const [strategy, nobody] = strategiesOf({ stints, pitStops, lapsCompleted: () => 7 }, [4, 5]);
  expect(strategy?.bars.map(({ from, to }) => [from, to])).toEqual([
    [0, 4],
    [4, 7],
  ]);
  expect(strategy?.bars.map(({ ageAtStartLaps }) => ageAtStartLaps)).toEqual([undefined, 2]);
  expect(strategy?.stops).toEqual([{ lapNumber: 4, laneMillis: 21_400, stopMillis: undefined }]);
  expect(nobody).toEqual({ driverNumber: 5, bars: [], stops: [] });
});
