import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { behindOf, fromX, gapsOf, placesOf, traceOf } from "./curves";
import { bestsOf, lapDeltas, traceableLaps } from "./duel";
import { fieldOf, gridOf, lapsDrivenAt, passagesOf } from "./field";
import { neutralised, spansOf } from "./spans";

/** Two cars: 4 begins at 100 s and drives 90 s laps, 81 begins 1 s later and overtakes on lap 2; 16 stops on lap 1. */
const state = create(RaceStateSchema, {
  laps: {
    4002: { driverNumber: 4, lapNumber: 2, startRaceOffsetMillis: 190_000, lapMillis: 90_000 },
    4001: {
      driverNumber: 4,
      lapNumber: 1,
      startRaceOffsetMillis: 100_000,
      lapMillis: 90_000,
      sector1Millis: 30_000,
      sector2Millis: 20_000,
    },
    4003: { driverNumber: 4, lapNumber: 3, startRaceOffsetMillis: 280_000 },
    81001: { driverNumber: 81, lapNumber: 1, startRaceOffsetMillis: 101_000, lapMillis: 90_000 },
    81002: { driverNumber: 81, lapNumber: 2, startRaceOffsetMillis: 191_000, lapMillis: 88_000 },
    16001: { driverNumber: 16, lapNumber: 1, startRaceOffsetMillis: 100_500 },
    77001: {},
  },
  trackPeriods: {
    1: { flag: TrackFlag.SAFETY_CAR, startRaceOffsetMillis: 145_000, endRaceOffsetMillis: 190_000 },
    2: {
      flag: TrackFlag.SAFETY_CAR_ENDING,
      startRaceOffsetMillis: 190_000,
      endRaceOffsetMillis: 234_500,
    },
    3: { flag: TrackFlag.YELLOW, startRaceOffsetMillis: 5_000, endRaceOffsetMillis: 9_000 },
    4: { flag: TrackFlag.RED, startRaceOffsetMillis: 270_000 },
    5: {},
  },
});
const field = fieldOf(state.laps);
const byLap = gridOf(field, 1);

test("a lap ends where the next begins, else after its time; the running one has no end", () => {
  expect(field.get(4)?.map(({ endMillis }) => endMillis)).toEqual([190_000, 280_000, undefined]);
  expect(field.get(81)?.at(-1)?.endMillis).toBe(279_000);
  expect([...field.keys()].sort()).toEqual([16, 4, 81]);
});

test("passages stand at sector ends where those are known", () => {
  expect(passagesOf(field.get(4) ?? [], true).slice(0, 4)).toEqual([
    { x: 0, timeMillis: 100_000 },
    { x: 1 / 3, timeMillis: 130_000 },
    { x: 2 / 3, timeMillis: 150_000 },
    { x: 1, timeMillis: 190_000 },
  ]);
});

test("places go by who passed first, from the grid; a car that stopped has none further on", () => {
  const { x, columns } = placesOf(
    byLap,
    new Map([
      [4, 2],
      [81, 1],
      [44, 3],
    ]),
  );
  expect(x).toEqual([0, 1, 2]);
  expect(columns.get(4)).toEqual([2, 1, 2]);
  expect(columns.get(81)).toEqual([1, 2, 1]);
  expect(columns.get(16)).toEqual([null, null, null]);
  expect(columns.get(44)).toEqual([3, null, null]);
});

test("gaps are to the first car that passed, whoever that was", () => {
  const { columns } = gapsOf(byLap);
  expect(columns.get(4)).toEqual([0, 0, 1]);
  expect(columns.get(81)).toEqual([1, 1, 0]);
  expect(columns.get(16)).toEqual([0.5, null, null]);
});

test("against the leader's mean pace the leader ends at zero", () => {
  const { columns } = traceOf(byLap, "leader");
  expect(columns.get(81)).toEqual([-1, -1.5, 0]);
  expect(columns.get(4)?.at(-1)).toBe(-1);
});

test("against the field's median pace a slow lap of all is none", () => {
  expect(traceOf(byLap, "field").columns.get(4)).toEqual([0, 0, -1]);
  expect(traceOf(gridOf(new Map(), 3), "field").columns.size).toBe(0);
});

test("a duel is told from its first driver, who stays at zero", () => {
  const { columns } = behindOf(byLap, [81, 4, 99]);
  expect(columns.get(81)).toEqual([0, 0, 0]);
  expect(columns.get(4)).toEqual([-1, -1, 1]);
  expect(columns.has(99)).toBe(false);
});

test("curves can be cut at a lap", () => {
  const cut = fromX(gapsOf(byLap), 1);
  expect(cut.x).toEqual([1, 2]);
  expect(cut.columns.get(4)).toEqual([0, 1]);
});

test("flags lie where the first car was, joined to their last part; those before the race are left out", () => {
  const grid = gridOf(field, 3);
  const spans = spansOf(state.trackPeriods, grid);
  expect(spans.map(({ letter }) => letter)).toEqual(["SC", "RED"]);
  expect(spans[0]?.from).toBeCloseTo(1 / 3 + 0.25);
  expect(spans[0]?.to).toBeCloseTo(1.5);
  expect(spans[1]?.to).toBe(2);
  expect(lapsDrivenAt(grid, 1)).toBe(0);
});

test("laps that touch a safety car are neutralised, those under yellow are not", () => {
  const periods = Object.values(state.trackPeriods);
  expect(neutralised(periods, 100_000, 146_000)).toBe(true);
  expect(neutralised(periods, 1_000, 9_000)).toBe(false);
});

test("best times leave deleted laps out, and an ideal lap needs all sectors", () => {
  const laps = create(RaceStateSchema, {
    laps: {
      1: { driverNumber: 4, lapNumber: 1, lapMillis: 80_000, sector1Millis: 1, deleted: true },
      2: {
        driverNumber: 4,
        lapNumber: 2,
        lapMillis: 90_000,
        sector1Millis: 30_000,
        speedTrapKph: 310,
      },
      3: {
        driverNumber: 4,
        lapNumber: 3,
        sector1Millis: 31_000,
        sector2Millis: 20_000,
        sector3Millis: 38_000,
      },
    },
  }).laps;
  const bests = bestsOf(fieldOf(laps), 4);
  expect(bests).toMatchObject({ lapMillis: 90_000, lapNumber: 2, idealMillis: 88_000 });
  expect(bests.sectors).toEqual([30_000, 20_000, 38_000]);
  expect(bestsOf(fieldOf({}), 4).lapMillis).toBeUndefined();
});

test("lap deltas stand where both have a time; laps without an end cannot be traced", () => {
  expect([...lapDeltas(field, 81, 4)]).toEqual([
    [1, 0],
    [2, -2],
  ]);
  expect(traceableLaps(field, 4).map(({ lap }) => lap.lapNumber)).toEqual([1, 2]);
});
