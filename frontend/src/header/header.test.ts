import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import { SourceCondition, SourceFreshnessSchema } from "../gen/racetime/v1/freshness_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import {
  Provenance,
  SessionClockSchema,
  SessionPhase,
  SessionSchema,
} from "../gen/racetime/v1/session_pb";
import { SectorFlagKind, TrackFlag } from "../gen/racetime/v1/track_pb";
import { connectionLook } from "./connectionLook";
import { flagLook } from "./flag";
import { lapText, leadOf } from "./lead";
import { formatAge, newestAge, sourceLines } from "./sourceLines";
import {
  elapsedMillis,
  formatClock,
  formatSpeed,
  localTime,
  modeOf,
  remainingMillis,
  sessionTitle,
} from "./times";

const t = i18next.getFixedT("en", "header");
const state = (init: Parameters<typeof create<typeof RaceStateSchema>>[1]) =>
  create(RaceStateSchema, init);
const flag = (value: TrackFlag, sectorFlags = {}) =>
  flagLook(t, state({ trackStatus: { flag: value }, sectorFlags }));

test("a yellow names its sectors, and those under double yellow", () => {
  const { YELLOW, DOUBLE_YELLOW, CLEAR } = SectorFlagKind;
  const mixed = flag(TrackFlag.YELLOW, {
    18: { flag: YELLOW },
    19: { flag: DOUBLE_YELLOW },
    3: { flag: CLEAR },
  });
  expect(mixed).toMatchObject({
    word: "YELLOW",
    detail: "Sector 18 · double in 19",
    shape: "flag",
  });
  const double = flag(TrackFlag.YELLOW, { 7: { flag: DOUBLE_YELLOW } });
  expect(double).toMatchObject({ word: "DOUBLE", detail: "Yellow, sector 7", shape: "flags" });
});

test("each flag has its own word, and one that is not known says so", () => {
  expect(flag(TrackFlag.RED)).toMatchObject({ word: "RED FLAG", colour: "red", shape: "square" });
  expect(flag(TrackFlag.SAFETY_CAR_ENDING)).toMatchObject({
    word: "SAFETY CAR",
    detail: "In this lap",
  });
  expect(flag(TrackFlag.VIRTUAL_SAFETY_CAR).word).toBe("VSC");
  expect(flagLook(t, state({})).word).toBe("NO FLAG");
});

test("the age of a source counts by the race's own clock, with a shape for late and lost", () => {
  const source = (newestRaceOffsetMillis: number, condition: SourceCondition) =>
    create(SourceFreshnessSchema, { newestRaceOffsetMillis, periodMillis: 4000, condition });
  const lines = sourceLines(
    t,
    {
      location: source(99_300, SourceCondition.FRESH),
      weather: source(59_000, SourceCondition.LATE),
      intervals: source(4000, SourceCondition.LOST),
      laps: create(SourceFreshnessSchema, {}),
    },
    100_000,
    1,
  );
  expect(lines.map(({ text, freshness }) => [text, freshness])).toEqual([
    ["0.7 s", "fresh"],
    ["lost 1:36", "lost"],
    ["–", "quiet"],
    ["41 s, late", "late"],
  ]);
});

test("when the stream is away ages grow and sources turn late by themselves", () => {
  const fresh = create(SourceFreshnessSchema, {
    newestRaceOffsetMillis: 0,
    periodMillis: 4000,
    condition: SourceCondition.FRESH,
  });
  const at = (now: number) => sourceLines(t, { intervals: fresh }, now, 1)[0]?.freshness;
  expect([at(5_000), at(20_000), at(50_000)]).toEqual(["fresh", "late", "lost"]);
});

test("one age stands for all on a phone: that of the newest row", () => {
  const source = (newestRaceOffsetMillis?: number) =>
    create(
      SourceFreshnessSchema,
      newestRaceOffsetMillis === undefined ? {} : { newestRaceOffsetMillis },
    );
  expect(newestAge({ laps: source(9_000), weather: source(1_000) }, 9_700)).toBe("0.7 s");
  expect(newestAge({ location: source() }, 9_700)).toBeUndefined();
});

test.each([
  [700, "0.7 s"],
  [41_000, "41 s"],
  [96_000, "1:36"],
  [7_260_000, "2 h 1"],
])("%i ms are %s old", (millis, text) => expect(formatAge(millis)).toBe(text));

test("the clock counts from the start, and down to a scheduled one", () => {
  const started = create(SessionClockSchema, { startedRaceOffsetMillis: 900_000 });
  expect(formatClock(elapsedMillis(started, {}, 5_659_000) ?? 0)).toBe("1:19:19");
  const times = { originMillis: 1_000_000, scheduledStartMillis: 1_720_000 };
  expect(formatClock(elapsedMillis(undefined, times, 0) ?? 0)).toBe("−12:00");
  expect(elapsedMillis(undefined, {}, 0)).toBeUndefined();
});

test("the clock stops at the flag, and runs again in the next part of qualifying", () => {
  const first = { startedRaceOffsetMillis: 900_000, finishedRaceOffsetMillis: 1_980_000 };
  expect(elapsedMillis(create(SessionClockSchema, first), {}, 2_000_000)).toBe(1_080_000);
  const second = { ...first, startedRaceOffsetMillis: 2_400_000 };
  expect(elapsedMillis(create(SessionClockSchema, second), {}, 2_460_000)).toBe(60_000);
});

test("running time left counts down while it runs", () => {
  const running = {
    phase: SessionPhase.STARTED,
    remainingMillis: 60_000,
    asOfRaceOffsetMillis: 5_000,
  };
  expect(remainingMillis(create(SessionClockSchema, { ...running, running: true }), 15_000)).toBe(
    50_000,
  );
  expect(remainingMillis(create(SessionClockSchema, { ...running, running: false }), 15_000)).toBe(
    60_000,
  );
});

test("local time is that of the circuit", () => {
  const times = { originMillis: Date.UTC(2025, 2, 16, 3, 0) };
  expect(localTime(times, 660, 9_461_000)).toBe("16:37:41");
  expect(localTime(times, undefined, 0)).toBeUndefined();
});

test("where the data comes from is always named", () => {
  const mode = (provenance: Provenance) => modeOf(t, create(SessionSchema, { provenance }));
  expect(mode(Provenance.REPLAY)).toEqual({ word: "REPLAY", frame: "solid" });
  expect(mode(Provenance.SIMULATED)).toEqual({ word: "SIMULATED", frame: "dashed" });
  expect([formatSpeed(20), formatSpeed(1), formatSpeed(undefined)]).toEqual(["×20", "", ""]);
});

test("a meeting whose name is long is a GP, so that no name is cut off", () => {
  const meeting = (meetingName: string) =>
    sessionTitle(t, state({ session: { meetingName } })).meeting;
  expect(meeting("Australian Grand Prix")).toBe("Australian Grand Prix");
  expect(meeting("Emilia Romagna Grand Prix")).toBe("Emilia Romagna GP");
});

test("the lead is the gap of the second; a lap that is not known is a dash", () => {
  const race = state({
    positions: { 4: { position: 1 }, 8: { position: 2 } },
    drivers: { 4: { nameAcronym: "SAL" } },
    gaps: { 8: { gapToLeader: { case: "gapToLeaderMillis", value: 6703 } } },
  });
  expect(leadOf(t, race)).toMatchObject({ code: "SAL", detail: "leads by 6.703" });
  expect(lapText(race)).toEqual({ current: "–", total: "" });
  expect(leadOf(t, state({}))).toBeUndefined();
});

test("a connection without a word for long is stale, whatever it calls itself", () => {
  const connection = { state: "live", sinceMillis: 0, heardMillis: 1000, reason: "" } as const;
  expect(connectionLook(t, connection, 2000).state).toBe("live");
  expect(connectionLook(t, connection, 40_000)).toMatchObject({
    state: "stale",
    detail: "no word for 39 s",
  });
  const away = { ...connection, state: "reconnecting", sinceMillis: 1000 } as const;
  expect(connectionLook(t, away, 5400)).toMatchObject({
    word: "Reconnecting",
    detail: "since 4 s",
  });
});
