import { expect, test } from "vitest";
import { positionAt } from "./positionAt";

const samples = (rows: [time: number, x: number, y: number][]) => ({
  times: rows.map(([time]) => time),
  xs: rows.map(([, x]) => x),
  ys: rows.map(([, , y]) => y),
  estimated: false,
});

test("between samples on a straight line the car is on that line", () => {
  const straight = samples([
    [0, 0, 0],
    [250, 100, 50],
    [500, 200, 100],
    [750, 300, 150],
  ]);
  expect(positionAt(straight, 375)).toEqual({ x: 150, y: 75, lateMillis: 0 });
});

test("at a sample the car is where the sample says", () => {
  const bend = samples([
    [0, 0, 0],
    [270, 90, 10],
    [540, 150, 80],
    [810, 160, 170],
  ]);
  expect(positionAt(bend, 540)).toMatchObject({ x: 150, y: 80 });
});

test("in a bend the car is nearer to the circle than a straight line is", () => {
  const on = (angle: number): [number, number] => [1000 * Math.cos(angle), 1000 * Math.sin(angle)];
  const circle = samples([0, 1, 2, 3].map((index) => [index * 270, ...on(index * 0.5)]));
  const place = positionAt(circle, 405);
  expect(Math.hypot(place?.x ?? 0, place?.y ?? 0)).toBeGreaterThan(985);
});

test("past the newest sample the car stands, and tells how late it is", () => {
  expect(
    positionAt(
      samples([
        [0, 0, 0],
        [250, 100, 50],
      ]),
      2250,
    ),
  ).toEqual({ x: 100, y: 50, lateMillis: 2000 });
});

test("over a hole the car goes straight, without a swing from samples beyond", () => {
  const hole = samples([
    [0, 0, 0],
    [250, 100, 0],
    [8250, 900, 800],
    [8500, 900, 900],
  ]);
  expect(positionAt(hole, 4250)).toEqual({ x: 500, y: 400, lateMillis: 0 });
});

test("a car without samples is nowhere, and so is one whose first sample is far ahead", () => {
  expect(positionAt(samples([]), 5)).toBeUndefined();
  expect(positionAt(samples([[60_000, 1, 1]]), 5)).toBeUndefined();
});
