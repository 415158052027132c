import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import { PitStopSchema } from "../gen/racetime/v1/history_pb";
import { StewardMatterState } from "../gen/racetime/v1/race_control_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { closingMillis } from "../race/closing";
import { factsOf } from "./driverFacts";
import { mattersOf, outcomeOf } from "./standing";

const t = i18next.getFixedT("en", "driver");

test("laps behind are brief, so that all figures have room", () => {
  const race = create(RaceStateSchema, {
    positions: { 4: { position: 1 }, 14: { position: 2 }, 5: { position: 3 } },
    gaps: {
      14: {
        interval: { case: "intervalLaps", value: 1 },
        gapToLeader: { case: "gapToLeaderLaps", value: 25 },
      },
      5: { interval: { case: "intervalMillis", value: 1250 } },
    },
  });
  const facts = factsOf(race, 14, t).map(({ name, value }) => `${name} ${value}`);
  expect(facts).toEqual([
    "Place P2",
    "Ahead 1 lap",
    "Behind 1.250",
    "To leader 25 laps",
    "Best lap –",
  ]);
});

const lap = (driverNumber: number, lapNumber: number, lapMillis: number, rest: object = {}) => ({
  [driverNumber * 1000 + lapNumber]: { driverNumber, lapNumber, lapMillis, ...rest },
});

test("a car closes in by what it is faster over the last laps that both drove at pace", () => {
  const race = create(RaceStateSchema, {
    timings: { 4: { lapsCompleted: 9 }, 81: { lapsCompleted: 9 } },
    laps: {
      ...lap(4, 9, 82_000),
      ...lap(4, 8, 82_200),
      ...lap(4, 7, 99_000, { pitOut: true }),
      ...lap(81, 9, 82_600),
      ...lap(81, 8, 82_400),
      ...lap(81, 7, 82_400),
    },
  });
  expect(closingMillis(race, 4, 81)).toBe(400);
  expect(closingMillis(race, 81, 4)).toBe(-400);
  const stop = create(PitStopSchema, { driverNumber: 4, lapNumber: 9 });
  expect(closingMillis({ ...race, pitStops: { 4009: stop } }, 4, 81)).toBe(200);
});

test("matters before the stewards are the driver's own, newest first, the untrue not at all", () => {
  const race = create(RaceStateSchema, {
    stewardMatters: {
      a: { driverNumbers: [4], state: StewardMatterState.NOTED, raceOffsetMillis: 1 },
      b: { driverNumbers: [81, 4], state: StewardMatterState.PENALISED, raceOffsetMillis: 2 },
      c: { driverNumbers: [1], state: StewardMatterState.NOTED, raceOffsetMillis: 3 },
      d: {},
    },
  });
  expect(mattersOf(race, 4).map(({ raceOffsetMillis }) => raceOffsetMillis)).toEqual([2, 1]);
});

test("a result says place, gap and points, or why there is none", () => {
  const race = create(RaceStateSchema, {
    results: {
      1: { position: 1, points: 25, gapToLeader: { case: "gapToLeaderMillis", value: 0 } },
      4: { position: 2, points: 18, gapToLeader: { case: "gapToLeaderMillis", value: 895 } },
      5: { position: 18, gapToLeader: { case: "gapToLeaderLaps", value: 1 } },
      81: { dnf: true },
    },
    driverChampionship: { 4: { startPosition: 2, startPoints: 90 } },
  });
  expect(outcomeOf(race, 1, t)).toEqual(["P1", "25 points"]);
  expect(outcomeOf(race, 4, t)).toEqual([
    "P2",
    "+0.895",
    "18 points",
    "Championship P2, 90 points",
  ]);
  expect(outcomeOf(race, 5, t)).toEqual(["P18", "+1 lap"]);
  expect(outcomeOf(race, 81, t)).toEqual(["Did not finish"]);
  expect(outcomeOf(race, 2, t)).toEqual([]);
});
