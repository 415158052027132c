import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { isWithoutPositions } from "./useMapContent";

test("a session without positions is known by its running without any, and stays known", () => {
  const running = create(RaceStateSchema, { clock: { startedRaceOffsetMillis: 1000 } });
  expect(isWithoutPositions(running, 5_000)).toBe(false);
  expect(isWithoutPositions(running, 90_000)).toBe(true);
  const clock = { startedRaceOffsetMillis: 900_000, finishedRaceOffsetMillis: 800_000 };
  expect(isWithoutPositions(create(RaceStateSchema, { clock }), 900_000)).toBe(true);
  const sources = { location: { newestRaceOffsetMillis: 5 } };
  expect(isWithoutPositions(create(RaceStateSchema, { clock, sources }), 900_000)).toBe(false);
});
