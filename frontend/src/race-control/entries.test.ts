import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import { RaceControlMessageSchema } from "../gen/racetime/v1/race_control_pb";
import { entryOf, raceControlEntries, sentence } from "./entries";

const t = i18next.getFixedT("en", "control");

const message = (init: Parameters<typeof create<typeof RaceControlMessageSchema>>[1]) =>
  create(RaceControlMessageSchema, init);

test("messages come newest first, late ones in their place", () => {
  const entries = raceControlEntries(
    [
      message({ raceOffsetMillis: 5000, message: "SECOND" }),
      message({ raceOffsetMillis: 9000, message: "THIRD" }),
      message({ raceOffsetMillis: 1000, message: "FIRST" }),
    ],
    t,
  );
  expect(entries.map(({ title }) => title)).toEqual(["Third", "Second", "First"]);
});

test.each([
  [{ flag: "DOUBLE YELLOW", scope: "Sector", sector: 19 }, "double", "Double yellow", "Sector 19"],
  [{ flag: "CLEAR", scope: "Track" }, "clear", "Track clear", ""],
  [{ category: "SafetyCar", message: "SAFETY CAR DEPLOYED" }, "car", "Safety car deployed", ""],
  [
    { category: "SafetyCar", message: "SAFETY CAR THROUGH THE PIT LANE" },
    "car",
    "Safety car through the pit lane",
    "",
  ],
  [
    { flag: "BLUE", message: "WAVED BLUE FLAG FOR CAR 60 (ZUR) TIMED AT 15:20" },
    "blue",
    "Blue flag",
    "ZUR",
  ],
  [{ category: "Drs", message: "DRS ENABLED" }, "aid", "DRS enabled", ""],
  [
    { message: "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE" },
    "steward",
    "5 s penalty",
    "BOR, unsafe release",
  ],
  [
    { message: "CAR 81 (PIA) TIME 1:29.379 DELETED - TRACK LIMITS AT TURN 6 LAP 32" },
    "deleted",
    "Lap deleted",
    "PIA 1:29.379, track limits at turn 6",
  ],
  [
    {
      message:
        "FIA STEWARDS: INCIDENT INVOLVING CAR 44 (HAM) NO FURTHER ACTION - SAFETY CAR INFRINGEMENT",
    },
    "closed",
    "No further action",
    "HAM, safety car infringement",
  ],
  [
    { message: "TURN 6 INCIDENT INVOLVING CARS 6 (OVE) AND 88 (WHI) NOTED - CAUSING A COLLISION" },
    "steward",
    "Noted",
    "OVE, WHI, causing a collision",
  ],
  [
    {
      message:
        "FIA STEWARDS: PENALTY SERVED - 5 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE",
    },
    "steward",
    "5 s penalty served",
    "BOR, unsafe release",
  ],
  [
    { category: "Other", message: "RISK OF RAIN FOR F1 RACE IS 90%" },
    "slippery",
    "Risk of rain for F1 race is 90%",
    "",
  ],
  [
    { category: "Other", message: "RISK OF RAIN FOR F1 RACE IS 0%" },
    "note",
    "Risk of rain for F1 race is 0%",
    "",
  ],
  [
    { flag: "GREEN", scope: "Track", message: "GREEN LIGHT - PIT EXIT OPEN" },
    "clear",
    "Green light",
    "pit exit open",
  ],
])("%j is shown by its kind", (init, icon, title, detail) => {
  expect(entryOf(message(init), t)).toMatchObject({ icon, title, detail });
});

test("capitals become a sentence, but for acronyms and codes", () => {
  expect(sentence("CAR 4 (NOR) UNDER VSC IN Q2")).toBe("Car 4 (NOR) under VSC in Q2");
});
