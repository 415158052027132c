import { expect, test } from "vitest";
import { createLabelPlacer, type Label } from "./placeLabels";

const ROOM = { panel: { width: 400, height: 300 }, words: [], kept: [], carPixels: 8, unit: 1 };
const wish = (id: number, x: number, y: number) => ({ id, at: { x, y }, width: 30, height: 15 });

function overlap(one: Label, other: Label): boolean {
  return Math.abs(one.x - other.x) < 30 && Math.abs(one.y - other.y) < 15;
}

test("names of cars that drive nose to tail do not overlap", () => {
  const wishes = Array.from({ length: 8 }, (_, index) =>
    wish(index, 100 + index * 18, 150 + index * 4),
  );
  const labels = createLabelPlacer().place(wishes, ROOM);
  for (const [index, label] of labels.entries()) {
    for (const other of labels.slice(index + 1)) expect(overlap(label, other)).toBe(false);
  }
});

test("a name stays inside the panel", () => {
  const [label] = createLabelPlacer().place([wish(1, 395, 4)], ROOM);
  expect(label?.x).toBeLessThanOrEqual(383);
  expect(label?.y).toBeGreaterThanOrEqual(9);
});

test("a name keeps off the words of the circuit", () => {
  const words = [{ left: 80, top: 70, right: 120, bottom: 92 }];
  const [label] = createLabelPlacer().place([wish(1, 100, 100)], { ...ROOM, words });
  expect(label?.y).toBeGreaterThan(92);
});

test("a name never covers the legend, even where it would rather be", () => {
  const kept = [{ left: 200, top: 270, right: 400, bottom: 300 }];
  const crowd = Array.from({ length: 12 }, (_, index) => wish(index, 250 + index * 12, 262));
  for (const { x, y } of createLabelPlacer().place(crowd, { ...ROOM, kept }))
    expect(x + 15 > 200 && y + 7.5 > 270).toBe(false);
});

test("a name stays on its side while it can, so that it does not flicker", () => {
  const placer = createLabelPlacer();
  const side = (labels: Label[]) => Math.sign((labels[0]?.y ?? 0) - 150);
  const before = side(placer.place([wish(1, 200, 150), wish(2, 200, 132)], ROOM));
  const after = side(placer.place([wish(1, 200, 150), wish(2, 260, 132)], ROOM));
  expect(after).toBe(before);
});
