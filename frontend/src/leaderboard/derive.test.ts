import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CarState } from "../gen/racetime/v1/car_pb";
import { PenaltyKind, StewardMatterState } from "../gen/racetime/v1/race_control_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { closingPerLap, gapToDriver, netPlace, pitMillis, trackLimits } from "./derive";

const gap = (value: number) => ({
  gapToLeader: { case: "gapToLeaderMillis" as const, value },
});
const lap = (driverNumber: number, lapNumber: number, lapMillis: number, more = {}) => ({
  [driverNumber * 1000 + lapNumber]: { driverNumber, lapNumber, lapMillis, ...more },
});
const two = (laps = {}, more = {}) =>
  create(RaceStateSchema, {
    positions: { 1: { position: 1 }, 4: { position: 2 } },
    timings: { 4: { lapsCompleted: 3 } },
    laps,
    ...more,
  });

test("closing is the mean of the laps that both drove without the pit lane", () => {
  const laps = {
    ...lap(1, 1, 90_000, { pitOut: true }),
    ...lap(4, 1, 70_000),
    ...lap(1, 2, 90_000),
    ...lap(4, 2, 89_400),
    ...lap(1, 3, 90_000),
    ...lap(4, 3, 89_800),
  };
  expect(closingPerLap(two(laps), 4)).toBe(-400);
  const stopped = two(laps, { pitStops: { 4003: { driverNumber: 4, lapNumber: 3 } } });
  expect(closingPerLap(stopped, 4)).toBe(-600);
});

test("nobody closes on nobody, nor without laps, nor on who is out", () => {
  expect(closingPerLap(two(), 1)).toBeUndefined();
  expect(closingPerLap(two(), 4)).toBeUndefined();
  const laps = { ...lap(1, 3, 90_000), ...lap(4, 3, 89_000) };
  const out = two(laps, { statuses: { 1: { state: CarState.RETIRED } } });
  expect(closingPerLap(out, 4)).toBeUndefined();
  expect(closingPerLap(create(RaceStateSchema), 4)).toBeUndefined();
});

test("a pending penalty costs places, a served one does not, an unknown gap stays unknown", () => {
  const state = (penalty: StewardMatterState) =>
    create(RaceStateSchema, {
      positions: { 1: { position: 1 }, 4: { position: 2 }, 5: { position: 3 }, 6: { position: 4 } },
      gaps: { 4: gap(2000), 5: gap(4000) },
      stewardMatters: { a: { driverNumbers: [1], state: penalty, penaltyMillis: 5000 } },
    });
  const places = (penalty: StewardMatterState) =>
    [1, 4, 5, 6].map((one) => netPlace(state(penalty), one));
  expect(places(StewardMatterState.PENALISED)).toEqual([3, 1, 2, undefined]);
  expect(places(StewardMatterState.SERVED)).toEqual([1, 2, 3, undefined]);
});

test("a lapped car has a gap to a chosen driver where it was measured", () => {
  const state = create(RaceStateSchema, {
    positions: { 1: { position: 1 }, 4: { position: 2 }, 9: { position: 3 }, 8: { position: 4 } },
    gaps: {
      4: gap(2000),
      9: {
        gapToLeader: { case: "gapToLeaderLaps", value: 1 },
        estimatedGapToLeaderMillis: 95_000,
      },
      8: { gapToLeader: { case: "gapToLeaderLaps", value: 2 } },
    },
  });
  expect([1, 4, 9, 8].map((one) => gapToDriver(state, one, 4))).toEqual([
    -2000,
    0,
    93_000,
    undefined,
  ]);
});

test("deleted laps and matters about track limits count; nothing known is no zero", () => {
  const laps = { ...lap(4, 1, 90_000, { deleted: true }), ...lap(4, 2, 90_000) };
  const stewardMatters = { a: { driverNumbers: [4], reason: "TRACK LIMITS" } };
  expect(trackLimits(two(laps, { stewardMatters }), 4)).toBe(2);
  expect(trackLimits(two(lap(4, 2, 90_000)), 4)).toBe(0);
  expect(trackLimits(two(), 4)).toBeUndefined();
});

test("the pit timer runs in the pit lane only, and never backward from a jump", () => {
  const state = create(RaceStateSchema, {
    statuses: { 4: { state: CarState.IN_PIT, pitEntryRaceOffsetMillis: 10_000 } },
  });
  expect(pitMillis(state, 4, 22_345)).toBe(12_300);
  expect(pitMillis(state, 4, 9000)).toBeUndefined();
  expect(pitMillis(state, 4, undefined)).toBeUndefined();
  expect(pitMillis(state, 5, 22_345)).toBeUndefined();
});

test("a drive-through that is not driven costs twenty seconds, a stop-and-go ten more", () => {
  const gaps = { 4: gap(10_000), 5: gap(25_000), 6: gap(35_000) };
  const positions = {
    1: { position: 1 },
    4: { position: 2 },
    5: { position: 3 },
    6: { position: 4 },
  };
  const leaderWith = (penaltyKind: PenaltyKind, more = {}) => {
    const a = { driverNumbers: [1], state: StewardMatterState.PENALISED, penaltyKind, ...more };
    return netPlace(create(RaceStateSchema, { positions, gaps, stewardMatters: { a } }), 1);
  };
  expect(leaderWith(PenaltyKind.DRIVE_THROUGH)).toBe(2);
  expect(leaderWith(PenaltyKind.STOP_AND_GO, { penaltyMillis: 10_000 })).toBe(3);
  expect(leaderWith(PenaltyKind.REPRIMAND)).toBe(1);
});
