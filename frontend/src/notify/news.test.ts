import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { mergeMessage } from "@racetime/client";
import { expect, test } from "vitest";
import { CarState } from "../gen/racetime/v1/car_pb";
import { RaceEventKind } from "../gen/racetime/v1/history_pb";
import { type RaceState, RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { newsBetween } from "./news";

type Init = MessageInitShape<typeof RaceStateSchema>;

const LIVE = { state: "live", sinceMillis: 1, heardMillis: 0, reason: "" } as const;
const NOW = 1_000_000;
const held = (state: RaceState) => ({ state, connection: LIVE });
const base = () =>
  create(RaceStateSchema, {
    session: { sessionKey: 1 },
    drivers: { 4: { nameAcronym: "NOR" } },
    statuses: { 4: { state: CarState.ON_TRACK } },
    raceControl: [{ raceOffsetMillis: 1000, message: "OLD" }],
    trackStatus: { flag: TrackFlag.GREEN },
  });
const merged = (state: RaceState, update: Init) =>
  mergeMessage(RaceStateSchema, state, create(RaceStateSchema, update));

const UPDATE: Init = {
  raceControl: [
    { raceOffsetMillis: NOW - 1000, message: "NEW" },
    { raceOffsetMillis: NOW - 600_000, message: "LATE" },
  ],
  events: {
    "overtake/1": { kind: RaceEventKind.OVERTAKE, raceOffsetMillis: NOW - 5000, driverNumber: 4 },
    untrue: {},
  },
  statuses: { 4: { state: CarState.IN_PIT } },
  teamRadio: {
    a: { driverNumber: 4, raceOffsetMillis: NOW - 20_000, recordingUrl: "https://x/a.mp3" },
  },
  trackStatus: { flag: TrackFlag.YELLOW },
};

test("what an update brings is news; what is long past, untrue or known is not", () => {
  const before = base();
  const news = newsBetween(held(before), held(merged(before, UPDATE)), NOW, 1);
  expect(news?.messages.map(({ message }) => message)).toEqual(["NEW"]);
  expect(news?.events.map(({ driverNumber }) => driverNumber)).toEqual([4]);
  expect(news?.radio).toHaveLength(1);
  expect(news?.pits).toEqual([4]);
  expect(news?.flag).toBe(TrackFlag.YELLOW);
});

test("a snapshot is no news: after a join, a seek, a change of session", () => {
  const snapshot = merged(base(), UPDATE);
  expect(
    newsBetween({ state: undefined, connection: LIVE }, held(snapshot), NOW, 1),
  ).toBeUndefined();
  expect(newsBetween(held(base()), held(snapshot), NOW, 1)).toBeUndefined();
  const other = merged(base(), { session: { sessionKey: 2 } });
  expect(newsBetween(held(base()), held(other), NOW, 1)).toBeUndefined();
});

test("what a reconnect brings is no news", () => {
  const before = base();
  const after = { state: merged(before, UPDATE), connection: { ...LIVE, sinceMillis: 2 } };
  expect(newsBetween(held(before), after, NOW, 1)).toBeUndefined();
});

test("an update of the session goes on from what was held", () => {
  const before = base();
  const after = merged(before, { session: { sessionKey: 1, carCount: 20 } });
  expect(newsBetween(held(before), held(after), NOW, 1)).toBeDefined();
});
