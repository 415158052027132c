import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import {
  CarGapSchema,
  CarPositionSchema,
  CarState,
  CarStatusSchema,
  TimeMark,
} from "../gen/racetime/v1/car_pb";
import { StewardMatterSchema, StewardMatterState } from "../gen/racetime/v1/race_control_pb";
import {
  formatLapTime,
  formatSeconds,
  gapCell,
  gapToBestCell,
  intervalCell,
  lapCell,
  markNow,
  placesGainedCell,
  statusTag,
  stewardTag,
  stopsCell,
} from "./format";

const t = i18next.getFixedT("en", "leaderboard");

test.each([
  [86_789, "1:26.789"],
  [60_005, "1:00.005"],
  [29_993, "29.993"],
  [100, "0.100"],
])("a lap of %i ms reads %s", (millis, text) => expect(formatLapTime(millis)).toBe(text));

test("a gap has three decimals, over a minute too", () => {
  expect(formatSeconds(80_231)).toBe("80.231");
  expect(formatSeconds(7)).toBe("0.007");
});

test("a lapped car has laps behind", () => {
  const laps = (value: number) =>
    gapCell(create(CarGapSchema, { gapToLeader: { case: "gapToLeaderLaps", value } }), false, t)
      .text;
  expect([laps(1), laps(2)]).toEqual(["+1 LAP", "+2 LAPS"]);
});

test("a gap of zero is a value, one that is not known is a dash with its reason", () => {
  const zero = create(CarGapSchema, { interval: { case: "intervalMillis", value: 0 } });
  expect(intervalCell(zero, false, t).text).toBe("0.000");
  expect(intervalCell(undefined, false, t)).toEqual({ text: "–", title: "Interval not known" });
  expect(lapCell(undefined, t).title).toBe("No lap time yet");
  expect(stopsCell(undefined, t).text).toBe("–");
});

test("the leader is called so", () => expect(intervalCell(undefined, true, t).text).toBe("LEADER"));

test("gaps of a qualifying are those of best laps", () => {
  expect(gapToBestCell(78_257, 78_120, t).text).toBe("+0.137");
  expect(gapToBestCell(78_120, 78_120, t).text).toBe("");
  expect(gapToBestCell(undefined, 78_120, t).text).toBe("–");
});

test.each([
  [3, 10, "▲7"],
  [15, 2, "▼13"],
  [4, 4, "="],
  [4, undefined, "–"],
])("place %i from %s on the grid reads %s", (position, gridPosition, text) => {
  const init = gridPosition === undefined ? { position } : { position, gridPosition };
  expect(placesGainedCell(create(CarPositionSchema, init), t).text).toBe(text);
});

test("what a car does is told in a word", () => {
  const tag = (state: CarState, outLap?: number, byTime = false) =>
    statusTag(
      create(CarStatusSchema, outLap === undefined ? { state } : { state, outLap }),
      byTime,
      t,
    )?.text;
  expect(tag(CarState.IN_PIT)).toBe("PIT");
  expect(tag(CarState.OUT_LAP)).toBe("PIT EXIT");
  expect(tag(CarState.OUT_LAP, undefined, true)).toBe("OUT LAP");
  expect(tag(CarState.STOPPED)).toBe("STOPPED");
  expect(tag(CarState.RETIRED, 33)).toBe("OUT L33");
  expect(tag(CarState.RETIRED)).toBe("OUT");
  expect(tag(CarState.FINISHED)).toBe("FINISHED");
  expect(tag(CarState.ON_TRACK)).toBeUndefined();
  expect(statusTag(undefined, false, t)).toBeUndefined();
});

test("penalties add up and come before investigations; what was served is no tag", () => {
  const matter = (state: StewardMatterState, penaltyMillis?: number) =>
    create(StewardMatterSchema, penaltyMillis === undefined ? { state } : { state, penaltyMillis });
  const { INVESTIGATED, PENALISED, SERVED } = StewardMatterState;
  expect(
    stewardTag([matter(INVESTIGATED), matter(PENALISED, 5000), matter(PENALISED, 10_000)], t)?.text,
  ).toBe("+15s");
  expect(stewardTag([matter(PENALISED)], t)?.text).toBe("PEN");
  expect(stewardTag([matter(INVESTIGATED)], t)?.text).toBe("INV");
  expect(stewardTag([matter(SERVED, 5000)], t)).toBeUndefined();
});

test("a best of all that was beaten since is a personal best only", () => {
  expect(markNow(TimeMark.OVERALL_BEST, 94_638, 94_315)).toBe("personal");
  expect(markNow(TimeMark.OVERALL_BEST, 94_315, 94_315)).toBe("best");
  expect(markNow(TimeMark.OVERALL_BEST, 94_315, undefined)).toBe("best");
  expect(markNow(TimeMark.SLOWER, 99_000, 94_315)).toBe("slower");
});
