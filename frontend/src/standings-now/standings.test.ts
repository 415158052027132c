import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CarState } from "../gen/racetime/v1/car_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { SessionKind } from "../gen/racetime/v1/session_pb";
import { pointsNow, standingsOf } from "./standings";

const race = (init: object = {}) =>
  create(RaceStateSchema, {
    session: { kind: SessionKind.RACE, year: 2025 },
    drivers: { 1: { teamName: "Red" }, 4: { teamName: "Papaya" }, 81: { teamName: "Papaya" } },
    positions: { 4: { position: 1 }, 81: { position: 2 }, 1: { position: 3 } },
    driverChampionship: {
      1: { startPosition: 1, startPoints: 100 },
      4: { startPosition: 2, startPoints: 90 },
      81: { startPosition: 3, startPoints: 20 },
    },
    teamChampionship: {
      Red: { startPosition: 1, startPoints: 110 },
      Papaya: { startPosition: 2, startPoints: 110 },
    },
    ...init,
  });
const lines = (standings: { key: string; points: number; moved: number | undefined }[]) =>
  standings.map(({ key, points, moved }) => [key, points, moved]);

test("without points of now they are projected from the order, for drivers and teams", () => {
  const standings = standingsOf(race());
  expect(standings?.basis).toBe("projected");
  expect(lines(standings?.drivers ?? [])).toEqual([
    ["1", 115, 0],
    ["4", 115, 0],
    ["81", 38, 0],
  ]);
  expect(lines(standings?.teams ?? [])).toEqual([
    ["Papaya", 153, 1],
    ["Red", 125, -1],
  ]);
});

test("what the feed tells goes before what we project", () => {
  const standings = standingsOf(
    race({
      driverChampionship: {
        1: { startPosition: 1, startPoints: 100, currentPosition: 2, currentPoints: 100 },
        4: { startPosition: 2, startPoints: 90, currentPosition: 1, currentPoints: 115 },
      },
      teamChampionship: {},
    }),
  );
  expect(standings?.basis).toBe("told");
  expect(lines(standings?.drivers ?? [])).toEqual([
    ["4", 115, 1],
    ["1", 100, -1],
  ]);
});

test("who is out wins no points, a sprint gives fewer, a practice none", () => {
  const out = race({ statuses: { 4: { state: CarState.RETIRED } } });
  expect([...(pointsNow(out) ?? [])]).toEqual([
    [81, 25],
    [1, 18],
  ]);
  expect(pointsNow(race({ session: { kind: SessionKind.SPRINT } }))?.get(81)).toBe(7);
  expect(pointsNow(race({ session: { kind: SessionKind.PRACTICE } }))).toBeUndefined();
  expect(standingsOf(race({ session: { kind: SessionKind.QUALIFYING } }))?.basis).toBe("before");
});

test("the fastest lap was worth a point until 2024", () => {
  const bests = { lapDriverNumber: 1 };
  expect(pointsNow(race({ bests }))?.get(1)).toBe(15);
  const before = race({ bests, session: { kind: SessionKind.RACE, year: 2024 } });
  expect(pointsNow(before)?.get(1)).toBe(16);
});

test("where the feed gives no championship there are no standings", () => {
  expect(standingsOf(race({ driverChampionship: {}, teamChampionship: {} }))).toBeUndefined();
  expect(
    standingsOf(race({ driverChampionship: { 4: {} }, teamChampionship: {} })),
  ).toBeUndefined();
});
