import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { SessionSchema } from "../gen/racetime/v1/session_pb";
import { calendarOf } from "./calendar";
import { countdown, nextOf, weekendsToCome } from "./schedule";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-28T10:00:00Z");
const session = (sessionKey: number, meetingKey: number, hours: number, cancelled = false) =>
  create(SessionSchema, {
    sessionKey,
    meetingKey,
    meetingName: `Grand Prix ${meetingKey}`,
    sessionName: `Session ${sessionKey}`,
    countryName: "Elsewhere",
    location: "Town",
    scheduledStartTime: timestampFromMs(NOW + hours * HOUR),
    scheduledEndTime: timestampFromMs(NOW + (hours + 1) * HOUR),
    cancelled,
  });
const SESSIONS = [session(4, 2, 200), session(3, 2, 190), session(2, 1, 3), session(1, 1, -2)];

test("what is over is left out, and weekends come in their order", () => {
  const weekends = weekendsToCome(SESSIONS, NOW);
  expect(weekends.map(({ key, sessions }) => [key, sessions.map((one) => one.sessionKey)])).toEqual(
    [
      ["1", [2]],
      ["2", [3, 4]],
    ],
  );
});

test("a session that runs is still the next, a cancelled one never is", () => {
  expect(nextOf(SESSIONS, NOW + 3.5 * HOUR)?.sessionKey).toBe(2);
  expect(nextOf([session(9, 1, 1, true), ...SESSIONS], NOW)?.sessionKey).toBe(2);
  expect(nextOf([], NOW)).toBeUndefined();
});

test("a countdown ends at zero", () => {
  expect(countdown(90_061_000)).toEqual([1, 1, 1, 1]);
  expect(countdown(-5)).toEqual([0, 0, 0, 0]);
});

test("the calendar has each session at its time in UTC, cancelled ones as such", () => {
  const text = calendarOf([session(2, 1, 3), session(5, 1, 5, true)]);
  expect(text).toContain("DTSTART:20261128T130000Z");
  expect(text).toContain("SUMMARY:Grand Prix 1: Session 2");
  expect(text).toContain("STATUS:CANCELLED");
  expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(2);
});
