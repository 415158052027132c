import { expect, test } from "vitest";
import { centredOn, panBy, seenThrough, WHOLE, zoomAt } from "./viewport";

const SIZE = { width: 400, height: 300 };
const plain = { scale: 1, project: (x: number, y: number) => ({ x, y }) };

test("what is under the pointer stays there while one zooms", () => {
  const at = { x: 300, y: 100 };
  const once = zoomAt(WHOLE, 2, at, SIZE);
  expect(seenThrough(plain, once, SIZE).project(300, 100)).toEqual(at);
  const twice = zoomAt(once, 1.5, at, SIZE);
  expect(seenThrough(plain, twice, SIZE).project(300, 100).x).toBeCloseTo(300);
});

test("the view never leaves the panel, and out again shows the whole", () => {
  const far = panBy(zoomAt(WHOLE, 2, { x: 200, y: 150 }, SIZE), 5_000, -5_000, SIZE);
  expect(far).toEqual({ zoom: 2, x: -100, y: 75 });
  expect(zoomAt(far, 0.01, { x: 0, y: 0 }, SIZE)).toEqual(WHOLE);
  expect(panBy(WHOLE, 50, 50, SIZE)).toEqual(WHOLE);
});

test("a point can be kept in the middle", () => {
  const view = centredOn({ zoom: 4, x: 0, y: 0 }, { x: 250, y: 100 }, SIZE);
  expect(seenThrough(plain, view, SIZE).project(250, 100)).toEqual({ x: 200, y: 150 });
});
