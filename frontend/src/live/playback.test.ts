import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { SessionSummarySchema } from "../gen/racetime/v1/race_service_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { createPlayback } from "./playback";
import { createRace } from "./race";
import { createSessions } from "./sessions";
import type { WatchStart } from "./watchRace";

const ORIGIN = Date.parse("2025-03-16T03:00:00Z");
const session = (sessionKey: number) => ({ sessionKey, originTime: timestampFromMs(ORIGIN) });
const summary = (sessionKey: number, live: boolean, raceOffsetMillis: number) =>
  create(SessionSummarySchema, {
    session: { ...session(sessionKey), scheduledStartTime: timestampFromMs(ORIGIN + 3_600_000) },
    live,
    raceOffsetMillis,
    firstRaceOffsetMillis: 1_000,
  });

/** A page at 100 minutes into live session 7, beside an archived session 5. */
async function page() {
  const wall = { now: 0 };
  const race = createRace({ wall: () => wall.now, schedule: (publish) => publish() });
  const sessions = createSessions({
    list: async () => [summary(7, true, 6_000_000), summary(5, false, 9_000_000)],
    wall: () => wall.now,
  });
  await sessions.refresh();
  const told: (WatchStart | "stop" | { look: WatchStart })[] = [];
  const playback = createPlayback({
    race,
    sessions,
    watch: (start) => {
      told.push(start);
      return () => told.push("stop");
    },
    look: async (start) => void told.push({ look: start }),
    wall: () => wall.now,
  });
  const tell = (sessionKey: number, raceOffsetMillis: number) =>
    race.sink.snapshot(
      create(RaceStateSchema, { session: session(sessionKey) }),
      { originMillis: ORIGIN },
      raceOffsetMillis,
    );
  playback.open(undefined);
  tell(7, 6_000_000);
  return { wall, race, playback, told, tell, last: () => told.at(-1) };
}

const at = (raceOffsetMillis: number) => ({
  case: "raceTime",
  value: timestampFromMs(ORIGIN + raceOffsetMillis),
});

test("it begins at the live edge, and a delay is kept there", async () => {
  const { playback, told } = await page();
  playback.shift(-5_000);
  playback.shift(-500);
  expect(told).toEqual([
    {},
    "stop",
    { start: { case: "delayMillis", value: 5_000 } },
    "stop",
    { start: { case: "delayMillis", value: 5_500 } },
  ]);
  expect(playback.behind()).toBe(5_500);
  playback.shift(60_000);
  expect(told.at(-1)).toEqual({});
});

test("a paused live race goes on by as much later as it stood", async () => {
  const { wall, playback, last } = await page();
  wall.now = 1_000;
  playback.pause();
  expect(last()).toBe("stop");
  wall.now = 31_000;
  expect(playback.now()).toBe(6_001_000);
  expect(playback.behind()).toBe(30_000);
  playback.resume();
  expect(last()).toEqual({ start: { case: "delayMillis", value: 30_000 } });
  expect(playback.now()).toBe(6_001_000);
  playback.goLive();
  expect(last()).toEqual({});
});

test("while it stands, a step looks at one instant and no stream runs", async () => {
  const { playback, last, tell } = await page();
  playback.pause();
  playback.skip(-5_000);
  expect(last()).toEqual({ look: { sessionKey: 7, start: at(5_995_000) } });
  tell(7, 5_994_900);
  expect(playback.now()).toBe(5_995_000);
});

test("rewinding a live race keeps the device's delay for the way back", async () => {
  const { playback, last } = await page();
  playback.setDelay(37_000);
  playback.seek(3_000_000);
  expect(last()).toEqual({ start: { case: "delayMillis", value: 3_000_000 } });
  playback.goLive();
  expect(last()).toEqual({ start: { case: "delayMillis", value: 37_000 } });
});

test("an archived session begins a minute before its start and is replayed at a speed", async () => {
  const { wall, playback, last, tell } = await page();
  playback.open(5);
  const beginning = 3_540_000;
  expect(last()).toEqual({ sessionKey: 5, speed: 1, start: at(beginning) });
  tell(5, beginning);
  playback.setSpeed(20);
  expect(last()).toEqual({ sessionKey: 5, speed: 20, start: at(beginning) });
  tell(5, beginning);
  wall.now = 10_000;
  expect(playback.now()).toBe(beginning + 200_000);
  expect(playback.startNow()).toEqual({ sessionKey: 5, speed: 20, start: at(beginning + 200_000) });
  playback.seek(-5);
  expect(last()).toEqual({ sessionKey: 5, speed: 20, start: at(1_000) });
  expect(playback.behind()).toBeUndefined();
});

test("a session opened without spoilers starts at its beginning, live or not", async () => {
  const { playback, last } = await page();
  playback.open(7, undefined, true);
  expect(last()).toEqual({ sessionKey: 7, speed: 1, start: at(3_540_000) });
  expect(playback.store.getState().spoilerFree).toBe(true);
});
