import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CarState } from "../gen/racetime/v1/car_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { SessionKind, SessionPhase } from "../gen/racetime/v1/session_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { gapOf, lossOf, rejoinOf } from "./rejoin";

const gap = (value: number) => ({ gapToLeader: { case: "gapToLeaderMillis" as const, value } });
function race(change: object = {}) {
  return create(RaceStateSchema, {
    session: { kind: SessionKind.RACE },
    clock: { phase: SessionPhase.STARTED },
    trackStatus: { flag: TrackFlag.GREEN },
    positions: { 1: { position: 1 }, 4: { position: 2 }, 16: { position: 3 }, 81: { position: 4 } },
    gaps: { 4: gap(5_000), 16: gap(19_000), 81: gap(30_000) },
    timings: { 1: { lastLapMillis: 90_000 }, 4: { lastLapMillis: 91_000 } },
    pitStops: {
      1: { driverNumber: 4, laneMillis: 22_000 },
      2: { driverNumber: 4, laneMillis: 22_400 },
      3: { driverNumber: 81, laneMillis: 24_000 },
      4: { driverNumber: 81, laneMillis: 600_000 },
    },
    ...change,
  });
}

test("a car comes out between those whose gaps are around its own and the loss", () => {
  const rejoin = rejoinOf(race(), 1);
  expect(rejoin?.lossMillis).toBe(19_400);
  expect(rejoin).toMatchObject({ position: 3, basis: "stops" });
  expect(rejoin?.ahead).toEqual({ driverNumber: 16, millis: 400 });
  expect(rejoin?.behind).toEqual({ driverNumber: 81, millis: 10_600 });
});

test("a stop costs less behind the safety car, and less surely", () => {
  const green = lossOf(race());
  const slow = lossOf(race({ trackStatus: { flag: TrackFlag.SAFETY_CAR } }));
  expect(slow.lossMillis).toBeLessThan(green.lossMillis);
  expect(slow.uncertaintyMillis).toBeGreaterThan(green.uncertaintyMillis);
});

test("without stops it says that it rests on what is usual", () => {
  const loss = lossOf(race({ pitStops: {} }));
  expect(loss).toMatchObject({ lossMillis: 20_500, uncertaintyMillis: 3_000, basis: "usual" });
});

test("one stop tells little: what is usual stands", () => {
  const loss = lossOf(race({ pitStops: { 1: { driverNumber: 4, laneMillis: 30_000 } } }));
  expect(loss).toMatchObject({ lossMillis: 20_500, basis: "usual" });
});

test("cars in the pits or out do not count, lapped ones by their laps", () => {
  const lapped = { gapToLeader: { case: "gapToLeaderLaps" as const, value: 1 } };
  const state = race({
    gaps: { 4: gap(5_000), 16: gap(12_000), 81: lapped },
    statuses: { 4: { state: CarState.RETIRED }, 16: { state: CarState.IN_PIT } },
  });
  expect(gapOf(state, 81)).toBe(90_000);
  expect(rejoinOf(state, 1)).toMatchObject({ position: 1, ahead: undefined });
  expect(rejoinOf(state, 16)).toBeUndefined();
});

test("there is nothing to tell before the start, under red, in qualifying, without a gap", () => {
  expect(rejoinOf(race({ clock: {} }), 1)).toBeUndefined();
  expect(rejoinOf(race({ trackStatus: { flag: TrackFlag.RED } }), 1)).toBeUndefined();
  expect(rejoinOf(race({ session: { kind: SessionKind.QUALIFYING } }), 1)).toBeUndefined();
  expect(rejoinOf(race({ gaps: {} }), 4)).toBeUndefined();
});
