import { expect, test } from "vitest";
import { barLengths, dialTexts } from "./runDials";

const WORDS = { on: "on", off: "off" };

test("dials say what the car does, and a dash for what is not told", () => {
  const reading = {
    speedKph: 294.4,
    gear: 0,
    throttlePercent: 99.6,
    braking: false,
    engineRpm: 10_540,
    aiding: undefined,
  };
  expect(dialTexts(reading, WORDS)).toEqual({
    speed: "294",
    gear: "N",
    throttle: "100%",
    brake: "off",
    rpm: "10.5k",
    aid: "–",
  });
  expect(new Set(Object.values(dialTexts(undefined, WORDS)))).toEqual(new Set(["–"]));
  expect(barLengths(reading).throttle).toBeCloseTo(0.996);
  expect(barLengths(undefined)).toEqual({ throttle: 0, brake: 0, rpm: 0 });
});
