import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import {
  type Playhead,
  PlayheadSchema,
  type WatchRoomResponse,
  WatchRoomResponseSchema,
} from "../gen/racetime/v1/room_service_pb";
import { createPlayback } from "../live/playback";
import { createRace } from "../live/race";
import { createSessions } from "../live/sessions";
import { playheadOf, whereOf } from "./playhead";
import { createRoomSeat, type RoomCalls } from "./room";

const ORIGIN = Date.parse("2025-03-16T03:00:00Z");
const NOW = Date.parse("2026-11-28T10:00:00Z");

test("a playhead says where a page is, and leads another one there", () => {
  const replay = { kind: "replay", raceOffsetMillis: 0, speed: 2 } as const;
  const told = playheadOf({ sessionKey: 5, place: replay, pausedAt: undefined }, 5, 60_000, ORIGIN);
  expect(told.place).toMatchObject({ case: "raceTime" });
  const later = { ...told, asOfTime: timestampFromMs(NOW) };
  const where = whereOf(later, NOW + 3_000, () => ORIGIN);
  expect(where).toEqual({
    sessionKey: 5,
    place: { kind: "replay", raceOffsetMillis: 66_000, speed: 2 },
    pausedAt: undefined,
  });
});

test("a room that stands still does not run on, and one that is live keeps its delay", () => {
  const live = { kind: "live", delayMillis: 37_000 } as const;
  const still = playheadOf({ sessionKey: undefined, place: live, pausedAt: 9_000 }, 7, 0, ORIGIN);
  const asOfTime = timestampFromMs(NOW);
  expect(whereOf({ ...still, asOfTime }, NOW + 60_000, () => ORIGIN)?.pausedAt).toBe(9_000);
  const told = playheadOf(
    { sessionKey: undefined, place: live, pausedAt: undefined },
    7,
    0,
    ORIGIN,
  );
  expect(whereOf(told, NOW, () => undefined)?.place).toEqual(live);
  expect(whereOf({ ...still, asOfTime }, NOW, () => undefined)).toBeUndefined();
});

function seat(calls: Partial<RoomCalls>) {
  const race = createRace({ schedule: (publish) => publish() });
  const sessions = createSessions({ list: async () => [] });
  const playback = createPlayback({
    race,
    sessions,
    watch: () => () => {},
    look: async () => {},
  });
  const told: { code: string; key: string; playhead: Playhead }[] = [];
  const room = createRoomSeat({ playback, sessions }, {
    create: async () => {
      throw new Error("not here");
    },
    set: async (code, key, playhead) => void told.push({ code, key, playhead }),
    watch: async function* () {},
    ...calls,
  } as RoomCalls);
  return { playback, room, told };
}

const message = (revision: number, delayMillis: number, sharedControl = false): WatchRoomResponse =>
  create(WatchRoomResponseSchema, {
    serverTime: timestampFromMs(NOW),
    room: {
      code: "K7XQ2M",
      revision,
      sharedControl,
      playhead: create(PlayheadSchema, { place: { case: "delayMillis", value: delayMillis } }),
    },
  });

function script(messages: readonly WatchRoomResponse[]): RoomCalls["watch"] {
  return async function* (_code, signal) {
    yield* messages;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
}

test("who joined is where the room is; who may not move it falls out of step by moving", async () => {
  const { playback, room, told } = seat({
    watch: script([message(1, 20_000), message(2, 37_000)]),
  });
  room.join("k7xq2m");
  await vi.waitFor(() =>
    expect(playback.store.getState().place).toEqual({ kind: "live", delayMillis: 37_000 }),
  );
  expect(room.store.getState()).toMatchObject({ code: "K7XQ2M", status: "joined", inStep: true });
  playback.setDelay(1_000);
  expect(room.store.getState().inStep).toBe(false);
  room.rejoin();
  await vi.waitFor(() => expect(room.store.getState().inStep).toBe(true));
  expect(playback.behind()).toBe(37_000);
  expect(told).toEqual([]);
  room.leave();
});

test("who may move the room takes the others along, by the last of several taps", async () => {
  const { playback, room, told } = seat({ watch: script([message(1, 20_000, true)]) });
  room.join("K7XQ2M");
  await vi.waitFor(() => expect(playback.behind()).toBe(20_000));
  playback.setDelay(21_000);
  playback.setDelay(22_000);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]?.playhead.place).toEqual({ case: "delayMillis", value: 22_000 });
  expect(timestampMs(timestampFromMs(NOW))).toBe(NOW);
  room.leave();
});
