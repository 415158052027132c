import { expect, test } from "vitest";
import { createRaceClock } from "./raceClock";

test("the clock runs on between messages at the speed of the session", () => {
  const clock = createRaceClock();
  clock.setSpeed(20);
  clock.observe(60_000, 1_000);
  expect(clock.now(1_500)).toBe(70_000);
});

test("a message that was long on its way hardly slows the clock", () => {
  const clock = createRaceClock();
  clock.observe(0, 0);
  clock.observe(1_000, 2_000);
  expect(clock.now(2_000)).toBeGreaterThan(1_900);
});

test("a jump of the source is taken at once", () => {
  const clock = createRaceClock();
  clock.observe(500_000, 0);
  clock.observe(1_000, 100);
  expect(clock.now(100)).toBe(1_000);
});

test("the clock of a session that is over stands at its last message", () => {
  const clock = createRaceClock();
  clock.observe(8_000, 0);
  clock.setRunning(false);
  expect(clock.now(60_000)).toBe(8_000);
});

test("before the first message there is no time", () => {
  expect(createRaceClock().now(5)).toBeUndefined();
});
