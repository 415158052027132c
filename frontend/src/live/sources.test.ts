import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { sourcesOf } from "./sources";

test("the newest row of a source is the newest that was told, wherever", () => {
  const state = create(RaceStateSchema, {
    sources: {
      location: { newestRaceOffsetMillis: 100, periodMillis: 1000 },
      race_control: { newestRaceOffsetMillis: 900 },
      laps: {},
      team_radio: { newestRaceOffsetMillis: 5 },
    },
    newestRows: {
      locationRaceOffsetMillis: 700,
      raceControlRaceOffsetMillis: 300,
      lapsRaceOffsetMillis: 50,
      pitRaceOffsetMillis: 60,
    },
  });
  const sources = sourcesOf(state);
  expect(
    Object.entries(sources).map(([endpoint, source]) => [endpoint, source.newestRaceOffsetMillis]),
  ).toEqual([
    ["location", 700],
    ["race_control", 900],
    ["laps", 50],
    ["team_radio", 5],
  ]);
  expect(sources.location?.periodMillis).toBe(1000);
  expect(sourcesOf(state, 950).location?.newestRaceOffsetMillis).toBe(950);
  expect(sourcesOf(state, 650).location?.newestRaceOffsetMillis).toBe(700);
  expect(sourcesOf(undefined, 1)).toEqual({});
});
