import { expect, test } from "vitest";
import { createPlayhead } from "./playhead";

const FRAME = 1000 / 60;

interface Run {
  speed: number;
  /** Wall time between two bursts. */
  burst: number;
  seconds: number;
  /** Wall time that a burst is late by. */
  jitter?: (count: number) => number;
}

/** Play a source that sends bursts; answers what was shown in each frame. */
function play({ speed, burst, seconds, jitter = () => 0 }: Run) {
  const playhead = createPlayhead();
  const frames: { wall: number; shown: number; newest: number }[] = [];
  let next = 0;
  let newest = 0;
  let count = 0;
  for (let wall = 0; wall < seconds * 1000; wall += FRAME) {
    while (next + jitter(count) <= wall) {
      newest = 10_000 + next * speed;
      playhead.arrived(newest, wall, speed);
      next += burst;
      count += 1;
    }
    const shown = playhead.advance(wall);
    if (shown !== undefined) frames.push({ wall, shown, newest });
  }
  return frames;
}

test.each([
  { speed: 1, burst: 250 },
  { speed: 1, burst: 1000 },
  { speed: 1, burst: 5000 },
  { speed: 20, burst: 250 },
  { speed: 20, burst: 1000 },
])(
  "with a burst each $burst ms at speed $speed the cars never stop nor jump once settled",
  ({ speed, burst }) => {
    const frames = play({ speed, burst, seconds: 60 }).filter(({ wall }) => wall > 25_000);
    for (const [index, frame] of frames.entries()) {
      const before = frames[index - 1];
      if (before === undefined) continue;
      const pace = (frame.shown - before.shown) / (FRAME * speed);
      expect(pace).toBeGreaterThan(0.7);
      expect(pace).toBeLessThan(1.3);
    }
  },
);

test("it never runs past the newest sample nor backwards", () => {
  const frames = play({ speed: 1, burst: 1000, seconds: 40, jitter: (count) => (count % 7) * 180 });
  for (const [index, { shown, newest }] of frames.entries()) {
    expect(shown).toBeLessThanOrEqual(newest);
    expect(shown).toBeGreaterThanOrEqual(frames[index - 1]?.shown ?? 0);
  }
});

test("the delay is as small as the bursts allow", () => {
  const late = (burst: number): number => {
    const last = play({ speed: 1, burst, seconds: 60 }).at(-1);
    return last === undefined ? 0 : last.wall + 10_000 - last.shown;
  };
  expect(late(250)).toBeLessThan(700);
  expect(late(5000)).toBeLessThan(5500);
});

test("when the samples run out the cars stand, and after a while are called starved", () => {
  const playhead = createPlayhead();
  playhead.arrived(5000, 0, 1);
  for (let wall = 0; wall < 10_000; wall += FRAME) playhead.advance(wall);
  expect(playhead.time()).toBe(5000);
  expect(playhead.starved()).toBe(true);
  playhead.arrived(9000, 10_000, 1);
  playhead.advance(10_010);
  expect(playhead.starved()).toBe(false);
});

test("a tab that slept is where it belongs at once", () => {
  const playhead = createPlayhead();
  for (let wall = 0; wall < 5000; wall += 500) {
    playhead.arrived(wall, wall, 1);
    playhead.advance(wall);
  }
  for (let wall = 5000; wall < 65_000; wall += 500) playhead.arrived(wall, wall, 1);
  expect(playhead.advance(65_000)).toBeGreaterThan(63_000);
});
