import { expect, test } from "vitest";
import { fit } from "./projection";

const NO_PADDING = { left: 0, right: 0, top: 0, bottom: 0 };
const RECTANGLE = [
  { x: 0, y: 0 },
  { x: 1000, y: 0 },
  { x: 1000, y: 400 },
  { x: 0, y: 400 },
];

test("up in the world is up on the screen", () => {
  const { project } = fit(RECTANGLE, { width: 500, height: 200 }, NO_PADDING, 0);
  expect(project(0, 0)).toEqual({ x: 0, y: 200 });
  expect(project(1000, 400)).toEqual({ x: 500, y: 0 });
});

test("a wide circuit is turned to fill a tall panel, never mirrored", () => {
  const { project, scale } = fit(RECTANGLE, { width: 200, height: 500 }, NO_PADDING);
  expect(scale).toBeCloseTo(0.5);
  const [a, b, c] = RECTANGLE.map(({ x, y }) => project(x, y));
  if (!a || !b || !c) throw new Error("no points");
  const turnsLeft = (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
  expect(turnsLeft).toBeLessThan(0); // counter-clockwise stays so on a screen whose y runs down
});

test("a rotation that is given is used, counter-clockwise", () => {
  const { project } = fit(RECTANGLE, { width: 400, height: 1000 }, NO_PADDING, 90);
  const start = project(0, 0);
  const along = project(1000, 0);
  expect(along.x).toBeCloseTo(start.x);
  expect(along.y).toBeLessThan(start.y);
});

test("all points stay inside the padding", () => {
  const padding = { left: 34, right: 30, top: 40, bottom: 50 };
  const { project } = fit(RECTANGLE, { width: 532, height: 384 }, padding);
  for (const { x, y } of RECTANGLE.map((point) => project(point.x, point.y))) {
    expect(x).toBeGreaterThanOrEqual(33.9);
    expect(x).toBeLessThanOrEqual(502.1);
    expect(y).toBeGreaterThanOrEqual(39.9);
    expect(y).toBeLessThanOrEqual(334.1);
  }
});
