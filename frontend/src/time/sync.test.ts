import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { SessionPhase } from "../gen/racetime/v1/session_pb";
import { formatBehind } from "./behind";
import { delayFor, instantsOf } from "./sync";

const state = create(RaceStateSchema, {
  clock: { phase: SessionPhase.STARTED, startedRaceOffsetMillis: 100_000 },
  positions: { 4: { position: 1 }, 81: { position: 2 } },
  laps: {
    1: { driverNumber: 4, lapNumber: 1, startRaceOffsetMillis: 100_000 },
    2: { driverNumber: 81, lapNumber: 2, startRaceOffsetMillis: 190_500 },
    3: { driverNumber: 4, lapNumber: 2, startRaceOffsetMillis: 190_000 },
    4: { driverNumber: 4, lapNumber: 3 },
  },
});

test("a tap at lights out tells how far the TV is behind", () => {
  expect(delayFor(instantsOf(state, "lightsOut"), 137_000, 0)).toBe(37_000);
});

test("of several crossings the one is taken that fits the present delay", () => {
  const crossings = instantsOf(state, "leaderLine");
  expect(crossings).toEqual([190_000, 100_000]);
  expect(delayFor(crossings, 200_000, 0)).toBe(10_000);
  expect(delayFor(crossings, 200_000, 95_000)).toBe(100_000);
});

test("what was long ago, or not yet, is no instant to sync to", () => {
  expect(delayFor([100_000], 90_000, 0)).toBeUndefined();
  expect(delayFor([100_000], 900_000, 0)).toBeUndefined();
  expect(instantsOf(create(RaceStateSchema), "lightsOut")).toEqual([]);
});

test("how far behind is read in seconds, then as a clock", () => {
  expect([37_040, 599_999, 725_000, 3_725_000].map(formatBehind)).toEqual([
    "37.0 s",
    "600.0 s",
    "12:05",
    "1:02:05",
  ]);
});
