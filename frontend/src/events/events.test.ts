import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import { RaceEventKind, RaceEventSchema } from "../gen/racetime/v1/history_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { eventLine } from "./eventLine";
import { listedEvents } from "./eventSettings";

const t = i18next.getFixedT("en", "events");
const STATE = create(RaceStateSchema, {
  drivers: { 4: { nameAcronym: "NOR" }, 81: { nameAcronym: "PIA" }, 1: { nameAcronym: "VER" } },
});
const event = (kind: RaceEventKind, raceOffsetMillis: number, init: object = {}) =>
  create(RaceEventSchema, { kind, raceOffsetMillis, ...init });

const EVENTS = {
  passing: event(RaceEventKind.OVERTAKE, 1000, {
    driverNumber: 4,
    otherDriverNumber: 81,
    position: 2,
    message: "from places",
  }),
  stop: event(RaceEventKind.PIT_STOP, 2000, { driverNumber: 1, durationMillis: 21_430 }),
  flag: event(RaceEventKind.FLAG, 3000, { message: "SAFETY CAR DEPLOYED" }),
  lap: event(RaceEventKind.FASTEST_LAP, 4000, { driverNumber: 4, durationMillis: 82_167 }),
  penalty: event(RaceEventKind.PENALTY, 5000, {
    driverNumber: 81,
    message: "5 SECOND TIME PENALTY",
  }),
  battle: event(RaceEventKind.BATTLE, 6000, {
    driverNumber: 81,
    otherDriverNumber: 4,
    durationMillis: 170_000,
  }),
  out: event(RaceEventKind.RETIREMENT, 7000, { driverNumber: 1 }),
  untrue: create(RaceEventSchema),
};
const ids = (filter: Parameters<typeof listedEvents>[1]) =>
  listedEvents(EVENTS, filter).map(({ id }) => id);

test("events are listed newest first, the untrue not at all", () => {
  expect(ids({ hidden: [], driverNumbers: undefined })).toEqual([
    "out",
    "battle",
    "penalty",
    "lap",
    "flag",
    "stop",
    "passing",
  ]);
});

test("kinds can be hidden, and events narrowed to drivers, whichever part they played", () => {
  expect(ids({ hidden: ["battles", "overtakes"], driverNumbers: [81] })).toEqual([
    "penalty",
    "flag",
  ]);
  expect(ids({ hidden: [], driverNumbers: [81] })).toContain("passing");
});

test("each kind reads as a line; an overtake that was concluded is marked", () => {
  const lines = listedEvents(EVENTS, { hidden: [], driverNumbers: undefined }).map((one) =>
    eventLine(one, STATE, t),
  );
  expect(lines.map(({ title, detail }) => [title, detail])).toEqual([
    ["VER is out", ""],
    ["PIA and NOR within a second", "2:50"],
    ["PIA penalty", "5 second time penalty"],
    ["NOR fastest lap", "1:22.167"],
    ["Safety car deployed", ""],
    ["VER pit stop", "21.4 s in the lane"],
    ["NOR passes PIA", "P2"],
  ]);
  expect(lines.map(({ inferred }) => inferred).lastIndexOf(true)).toBe(6);
  expect(lines.filter(({ inferred }) => inferred)).toHaveLength(1);
});
