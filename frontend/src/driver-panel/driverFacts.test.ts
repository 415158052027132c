import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { factsOf } from "./driverFacts";

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
  const facts = factsOf(race, 14).map(({ name, value }) => `${name} ${value}`);
  expect(facts).toEqual([
    "Place P2",
    "Ahead 1 lap",
    "Behind 1.250",
    "To leader 25 laps",
    "Best lap –",
  ]);
});
