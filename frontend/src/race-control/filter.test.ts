import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceControlMessageSchema } from "../gen/racetime/v1/race_control_pb";
import { filterMessages } from "./filter";
import { driversOf, messageKind } from "./messageKind";

const message = (init: MessageInitShape<typeof RaceControlMessageSchema>) =>
  create(RaceControlMessageSchema, init);

const YELLOW = message({ flag: "YELLOW", message: "YELLOW IN TRACK SECTOR 18" });
const BLUE = message({ flag: "BLUE", driverNumber: 60, message: "WAVED BLUE FLAG FOR CAR 60" });
const LIMITS = message({
  message: "CAR 9 (BRA) TIME 1:24.377 DELETED - TRACK LIMITS AT TURN 4 LAP 39",
});
const NOTED = message({
  message: "FIA STEWARDS: TURN 6 INCIDENT INVOLVING CARS 6 (OVE) AND 88 (WHI) NOTED",
});
const RAIN = message({ category: "Other", message: "RISK OF RAIN FOR F1 RACE IS 90%" });
const ALL = [YELLOW, BLUE, LIMITS, NOTED, RAIN];

test("each message has a kind", () => {
  expect(ALL.map(messageKind)).toEqual(["flags", "blue", "trackLimits", "stewards", "other"]);
  expect(messageKind(message({ category: "SafetyCar", message: "SAFETY CAR DEPLOYED" }))).toBe(
    "flags",
  );
  expect(
    messageKind(
      message({ flag: "BLACK AND WHITE", message: "BLACK AND WHITE FLAG - TRACK LIMITS" }),
    ),
  ).toBe("trackLimits");
});

test("drivers are those addressed or named, each once", () => {
  expect(driversOf(NOTED)).toEqual([6, 88]);
  expect(driversOf(BLUE)).toEqual([60]);
  expect(driversOf(message({ driverNumber: 9, message: "CAR 9 (BRA) LAP DELETED" }))).toEqual([9]);
  expect(driversOf(RAIN)).toEqual([]);
});

test("hidden kinds are left out; narrowed to drivers, messages that name nobody stay", () => {
  expect(
    filterMessages(ALL, { hidden: ["blue", "trackLimits"], driverNumbers: undefined }),
  ).toEqual([YELLOW, NOTED, RAIN]);
  expect(filterMessages(ALL, { hidden: [], driverNumbers: [88] })).toEqual([YELLOW, NOTED, RAIN]);
});
