import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import { RaceEventKind, RaceEventSchema } from "../gen/racetime/v1/history_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import type { News } from "./news";
import { sentencesOf } from "./sentences";
import { createSpeaker } from "./speaker";

const t = i18next.getFixedT("en", "notify");
const STATE = create(RaceStateSchema, {
  drivers: { 4: { nameAcronym: "NOR" }, 81: { nameAcronym: "PIA" } },
});
const event = (kind: RaceEventKind, init: object = {}) =>
  create(RaceEventSchema, { kind, driverNumber: 4, ...init });
const news = (change: Partial<News>): News => ({
  messages: [],
  events: [],
  radio: [],
  pits: [],
  flag: undefined,
  ...change,
});
const said = (change: Partial<News>, followed: number[]) =>
  sentencesOf(news(change), STATE, followed, t).map(({ text }) => text);

test("flags are told to all, drivers' news to who follows them", () => {
  const change = {
    flag: TrackFlag.SAFETY_CAR,
    pits: [4, 81],
    events: [
      event(RaceEventKind.OVERTAKE, { otherDriverNumber: 81, position: 2 }),
      event(RaceEventKind.FASTEST_LAP, { durationMillis: 82_167 }),
      event(RaceEventKind.RETIREMENT),
      event(RaceEventKind.BATTLE, { otherDriverNumber: 81 }),
    ],
  };
  expect(said(change, [])).toEqual(["Safety car"]);
  expect(said(change, [4])).toEqual([
    "Safety car",
    "NOR passes PIA for P2",
    "NOR sets the fastest lap, 1:22.167",
    "NOR is out",
    "NOR comes into the pits",
  ]);
  expect(said(change, [81])).toEqual([
    "Safety car",
    "PIA loses a place to NOR",
    "PIA comes into the pits",
  ]);
});

test("one sentence at a time, the gravest first, no longer than it is news", () => {
  const spoken: string[] = [];
  let wall = 0;
  let run = (): void => {};
  let wait = -1;
  const speaker = createSpeaker({
    say: (text) => spoken.push(text),
    wall: () => wall,
    schedule: (next, millis) => {
      run = next;
      wait = millis;
    },
  });
  speaker.add([
    { text: "place", weight: 1, about: "place 4" },
    { text: "flag", weight: 3, about: "flag" },
    { text: "place again", weight: 1, about: "place 4" },
    { text: "lap", weight: 1, about: "lap 4" },
  ]);
  expect(wait).toBe(0);
  run();
  expect([spoken, wait]).toEqual([["flag"], 4000]);
  wall = 4000;
  run();
  expect(spoken).toEqual(["flag", "place again"]);
  wall = 20_000;
  run();
  expect(spoken).toHaveLength(2);
});
