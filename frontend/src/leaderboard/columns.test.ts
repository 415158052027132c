import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { SessionKind } from "../gen/racetime/v1/session_pb";
import { moveColumn, PRESETS, presetOf, shownColumns, swapGaps, toggleColumn } from "./columns";

test.each([
  [SessionKind.RACE, "race"],
  [SessionKind.SPRINT, "race"],
  [SessionKind.QUALIFYING, "qualifying"],
  [SessionKind.SPRINT_QUALIFYING, "qualifying"],
  [SessionKind.PRACTICE, "practice"],
  [SessionKind.UNSPECIFIED, "race"],
])("a session of kind %i has the preset %s", (kind, preset) =>
  expect(presetOf(create(RaceStateSchema, { session: { kind } }))).toBe(preset),
);

test("chosen columns are shown as far as they exist, always with place and driver", () => {
  expect(shownColumns("race", [])).toBe(PRESETS.race);
  expect(shownColumns("race", ["gap", "toString", "gap", "tyre"])).toEqual([
    "position",
    "driver",
    "gap",
    "tyre",
  ]);
});

test("a column is shown before the status, hidden and moved", () => {
  const shown = shownColumns("race", ["position", "driver", "gap", "status"]);
  expect(toggleColumn(shown, "net")).toEqual(["position", "driver", "gap", "net", "status"]);
  expect(toggleColumn(shown, "gap")).toEqual(["position", "driver", "status"]);
  expect(moveColumn(shown, "gap")).toEqual(["position", "gap", "driver", "status"]);
  expect(moveColumn(shown, "position")).toEqual(shown);
});

test("gap and interval change places where both are shown", () => {
  expect(swapGaps(["driver", "interval", "closing", "gap"])).toEqual([
    ...["driver", "gap", "closing", "interval"],
  ]);
  expect(swapGaps(["driver", "interval"])).toEqual(["driver", "interval"]);
});
