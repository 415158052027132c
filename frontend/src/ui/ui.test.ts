import { create } from "@bufbuild/protobuf";
import i18next from "i18next";
import { expect, test } from "vitest";
import { TyreCompound } from "../gen/racetime/v1/car_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { compassPoint, formatReading, rainText } from "../weather/format";
import { orderOf } from "./order";
import { createPage, switchTheme } from "./page";
import { teamColour } from "./teamColour";
import { compoundLetter } from "./tyres";

test("a dark team colour is lightened on black, a light one darkened on white, others stay", () => {
  expect(teamColour("E80020", "dark")).toBe("#e80020");
  expect(teamColour("1B2A6B", "dark")).not.toBe("#1b2a6b");
  expect(teamColour("27F4D2", "light")).not.toBe("#27f4d2");
  expect(teamColour("", "dark")).toBe("#8f999f");
});

test("drivers without a place come last, by number", () => {
  const state = create(RaceStateSchema, {
    drivers: { 4: {}, 1: {}, 81: {}, 16: {} },
    positions: { 81: { position: 1 }, 4: { position: 2 } },
  });
  expect(orderOf(state)).toEqual([81, 4, 1, 16]);
});

test("compounds have letters, the unknown a question mark", () => {
  expect(
    [TyreCompound.SOFT, TyreCompound.INTERMEDIATE, TyreCompound.UNSPECIFIED].map(compoundLetter),
  ).toEqual(["S", "I", "?"]);
});

test("the theme that was chosen is kept", () => {
  localStorage.clear();
  switchTheme(createPage({ theme: "dark" }));
  expect(createPage().getState().theme).toBe("light");
});

test("readings are rounded, and dashes when not known; zero is a reading", () => {
  expect([formatReading(19.2, "°"), formatReading(0, "°"), formatReading(undefined, "°")]).toEqual([
    "19°",
    "0°",
    "–",
  ]);
  const t = i18next.getFixedT("en", "weather");
  const points = t("points").split(" ");
  expect([compassPoint(166, points), compassPoint(359, points)]).toEqual(["SSE", "N"]);
  expect([rainText(undefined, t), rainText(false, t), rainText(true, t)]).toEqual([
    "–",
    "Dry",
    "Rain",
  ]);
});
