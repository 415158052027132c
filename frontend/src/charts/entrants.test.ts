import { expect, test } from "vitest";
import { FIELD, madeUpDrivers } from "../fixtures/field";
import { chosenOf, entrantsOf, secondCars } from "./entrants";
import {
  type ChartLook,
  type ChartModel,
  nearestLine,
  readingsAt,
  structureOf,
  summaryOf,
} from "./model";
import { placeEnds } from "./placeEnds";
import { makeLanguagePlain } from "./plainLanguage";
import { gapText, lapTimeText, signed, trimmed } from "./text";
import { duellists, seated } from "./useDuel";

const order = [1, 2, 3, 4, 5, 6, 7];

test("who is followed is always shown, in the order of the race", () => {
  expect(chosenOf("favourites", order, new Set([6, 2, 99]))).toEqual([2, 6]);
  expect(chosenOf("favourites", order, new Set())).toEqual([1, 2, 3, 4, 5]);
  expect(chosenOf("near", order, new Set([1]))).toEqual([1, 2]);
  expect(chosenOf("near", order, new Set([6]))).toEqual([5, 6, 7]);
  expect(chosenOf("near", order, new Set())).toEqual([1, 2, 3]);
  expect(chosenOf("all", order, new Set([3]))).toEqual(order);
  const many = Array.from({ length: 22 }, (_, index) => index + 1);
  expect(chosenOf("top10", many, new Set([20])).slice(-2)).toEqual([10, 20]);
});

test("one car of each team is dashed, who is followed stands out", () => {
  const drivers = madeUpDrivers();
  expect(secondCars(drivers).size).toBe(11);
  const [first, second] = FIELD;
  const entrants = entrantsOf(drivers, [first ?? 0, second ?? 0], new Set([first ?? 0]), "dark");
  expect(entrants.map(({ weight }) => weight)).toEqual(["strong", "thin"]);
  expect(entrantsOf({}, [63], new Set(), "dark")[0]).toMatchObject({ code: "63", dashed: false });
});

test("names do not touch, stay in bounds, and the thin ones go where there is no room", () => {
  const end = (key: string, y: number, weight: "thin" | "strong" = "thin") => ({ key, y, weight });
  const placed = placeEnds([end("a", 10), end("b", 11), end("c", 99)], 0, 100, 10);
  expect(placed.map(({ key, placedY }) => [key, placedY])).toEqual([
    ["a", 10],
    ["b", 20],
    ["c", 99],
  ]);
  const crowded = placeEnds([end("a", 1), end("b", 2), end("c", 3, "strong")], 0, 10, 10);
  expect(crowded.map(({ key }) => key)).toEqual(["a", "c"]);
  expect(placeEnds([end("a", 98), end("b", 99)], 0, 100, 10).map(({ placedY }) => placedY)).toEqual(
    [90, 100],
  );
});

const look: ChartLook = { formatX: (x) => `L${x}`, formatY: (y) => String(y), upsideDown: true };
const line = (key: string, values: (number | null)[], weight: "thin" | "strong" = "thin") => ({
  key,
  label: key,
  colour: "#fff",
  dashed: false,
  weight,
  values,
});
const model: ChartModel = {
  x: [1, 2],
  lines: [
    line("a", [1, 9]),
    line("b", [2, null]),
    line("c", [3, 4], "strong"),
    ...[5, 6, 7, 8, 9].map((y) => line(`d${y}`, [y, y])),
  ],
  spans: [],
};

test("the crosshair tells who stands out and who is nearest, in order of their values", () => {
  expect(readingsAt(model, 0, 8, look).map(({ key }) => key)).toEqual([
    "c",
    "d5",
    "d6",
    "d7",
    "d8",
    "d9",
  ]);
  expect(readingsAt(model, 1, 1, { ...look, upsideDown: false }).at(-1)?.key).toBe("c");
});

test("a click picks the nearest line that has a value there", () => {
  expect(nearestLine(model, 0, 2.2)?.key).toBe("b");
  expect(nearestLine(model, 1, 2.2)?.key).toBe("c");
  expect(nearestLine({ ...model, lines: [line("a", [null])] }, 0, 1)).toBeUndefined();
});

test("the summary says where a line stopped", () => {
  expect(summaryOf(model, look)).toMatch(/^L2: a 9, b 2 \(L1\), c 4/);
});

test("values change nothing of the structure, weights do", () => {
  const grown = { ...model, lines: model.lines.map((one) => ({ ...one, values: [] })) };
  expect(structureOf(grown)).toBe(structureOf(model));
  const strong = {
    ...model,
    lines: model.lines.map((one) => ({ ...one, weight: "strong" as const })),
  };
  expect(structureOf(strong)).not.toBe(structureOf(model));
});

test("a duel has two or three drivers; one who is chosen twice changes seats", () => {
  expect(duellists([], order, new Set([5]))).toEqual([5, 1]);
  expect(duellists([7, 99], order, new Set())).toEqual([7, 1]);
  expect(duellists([7, 2, 3], order, new Set())).toEqual([7, 2, 3]);
  expect(duellists([], [], new Set())).toEqual([]);
  expect(seated([1, 2], 0, 2)).toEqual([2, 1]);
  expect(seated([1, 2], 2, 5)).toEqual([1, 2, 5]);
  expect(seated([1, 2, 5], 2, undefined)).toEqual([1, 2]);
});

test("times are written with signs; an axis drops the zeros at their ends", () => {
  const texts = [gapText(0), gapText(5), gapText(-1.25), gapText(123.456)];
  expect(texts).toEqual(["0.000", "+5.000", "−1.250", "+123.5"]);
  expect(texts.map(trimmed)).toEqual(["0", "+5", "−1.25", "+123.5"]);
  expect([signed(0.0001), lapTimeText(83.5), trimmed("P20"), trimmed("100 %")]).toEqual([
    "0.000",
    "1:23.500",
    "P20",
    "100 %",
  ]);
});

test("a language that Intl refuses is made plain, others stay", () => {
  const strange = { language: "en-US@posix" } as Navigator;
  makeLanguagePlain(strange);
  const usual = { language: "ja" } as Navigator;
  makeLanguagePlain(usual);
  expect([strange.language, usual.language]).toEqual(["en-US", "ja"]);
});
