import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { createRace } from "./race";

const partial = (init: Parameters<typeof create<typeof RaceStateSchema>>[1]) =>
  create(RaceStateSchema, init);

function raceAt(wallMillis = { now: 0 }) {
  return createRace({ wall: () => wallMillis.now, schedule: (publish) => publish() });
}

test("updates merge into the snapshot, and motion never enters the state", () => {
  const { store, sink, motion } = raceAt();
  sink.snapshot(partial({ progress: { currentLap: 1, totalLaps: 57 } }), {}, 0);
  const batch = { raceOffsetMillis: 100, driverNumbers: [4], xDecimeters: [5], yDecimeters: [6] };
  sink.update(partial({ progress: { currentLap: 2 }, motion: [batch] }), {}, 100);
  expect(store.getState().state?.progress).toMatchObject({ currentLap: 2, totalLaps: 57 });
  expect(store.getState().state?.motion).toEqual([]);
  expect(motion.cars.get(4)?.times).toEqual([100]);
});

test("a break keeps the screen: only the connection changes", () => {
  const wall = { now: 10 };
  const { store, sink } = raceAt(wall);
  sink.heard();
  sink.snapshot(partial({ progress: { currentLap: 5 } }), {}, 0);
  const before = store.getState().state;
  wall.now = 900;
  sink.lost("gone");
  expect(store.getState().state).toBe(before);
  expect(store.getState().connection).toMatchObject({
    state: "reconnecting",
    sinceMillis: 900,
    reason: "gone",
  });
  sink.heard();
  expect(store.getState().connection.state).toBe("live");
});

test("a snapshot replaces all, and another session forgets the cars of the one before", () => {
  const { store, sink, motion } = raceAt();
  const batch = { raceOffsetMillis: 100, driverNumbers: [4], xDecimeters: [5], yDecimeters: [6] };
  sink.snapshot(partial({ session: { sessionKey: 1 }, tyres: { 4: {} }, motion: [batch] }), {}, 0);
  sink.snapshot(partial({ session: { sessionKey: 2 } }), {}, 0);
  expect(store.getState().state?.tyres).toEqual({});
  expect(motion.cars.size).toBe(0);
});

test("many updates between two frames are published once", () => {
  let publish = (): void => {};
  const { store, sink } = createRace({ wall: () => 0, schedule: (run) => (publish = run) });
  let changes = 0;
  store.subscribe(() => (changes += 1));
  sink.snapshot(partial({}), {}, 0);
  for (let lap = 1; lap <= 50; lap += 1)
    sink.update(partial({ progress: { currentLap: lap } }), {}, lap);
  publish();
  expect(changes).toBe(1);
  expect(store.getState().state?.progress?.currentLap).toBe(50);
});

test("a delay longer than the log is kept: its beginning is shown before it is due", () => {
  const wall = { now: 1_000 };
  const { sink, clock, jump } = raceAt(wall);
  sink.snapshot(partial({ session: { sessionKey: 1 } }), {}, 50_000);
  jump(30_000);
  wall.now = 1_200;
  sink.snapshot(partial({ session: { sessionKey: 1 } }), {}, 43_000);
  expect(clock.now(1_200)).toBe(30_200);
  wall.now = 1_300;
  jump(30_000);
  sink.snapshot(partial({ session: { sessionKey: 1 } }), {}, 29_500);
  expect(clock.now(1_300)).toBe(29_500);
});
