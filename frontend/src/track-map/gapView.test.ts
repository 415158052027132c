import { expect, test } from "vitest";
import { madeUpRace } from "../fixtures/raceState";
import { carLooks } from "./cars";
import { circleOf, gapScene, placeOf } from "./gapView";

const SIZE = { width: 500, height: 400 };

test("the leader has no gap, the others have theirs, and who is out is not there", () => {
  const state = madeUpRace();
  const scene = gapScene(state, carLooks(state, "dark"), undefined);
  const leader = scene.cars.find(({ place }) => place === 1);
  expect(leader?.gapMillis).toBe(0);
  expect(scene.cars.length).toBeGreaterThan(10);
  expect(scene.cars.every(({ shape }) => shape !== "out")).toBe(true);
  expect(scene.ghost).toBeUndefined();
});

test("on the circle a lap is one turn, and half a lap is at the bottom", () => {
  const { x, y, radius } = circleOf(SIZE);
  const top = placeOf("circle", 0, 90_000, SIZE);
  expect(top.x).toBeCloseTo(x);
  expect(top.y).toBeCloseTo(y - radius);
  expect(placeOf("circle", 45_000, 90_000, SIZE).y).toBeCloseTo(y + radius);
  expect(placeOf("circle", 22_500, 90_000, SIZE).x).toBeLessThan(x);
  expect(placeOf("circle", 90_000, 90_000, SIZE).y).toBeCloseTo(y - radius);
});

test("on the line the leader is at the right, a lap behind at the left", () => {
  const [leader, last] = [0, 200_000].map((gap) => placeOf("line", gap, 90_000, SIZE));
  expect(leader?.x).toBe(452);
  expect(last?.x).toBe(48);
});
