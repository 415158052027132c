import { expect, test } from "vitest";
import { type TimeOfDayOptions, timeOfDay } from "./timeOfDay";

const instant = Date.UTC(2025, 2, 16, 5, 37, 41);
const tell = (options: Partial<TimeOfDayOptions>) =>
  timeOfDay(instant, {
    zone: "circuit",
    clock: "h24",
    language: "en",
    gmtOffsetMinutes: 660,
    ...options,
  });

test("a time of day is that of the circuit, whatever the machine's zone", () => {
  expect(tell({})).toBe("16:37:41");
  expect(tell({ zone: "utc" })).toBe("05:37:41");
  expect(tell({ gmtOffsetMinutes: -210 })).toBe("02:07:41");
});

test("a circuit whose offset is not known has no time of day; UTC has", () => {
  expect(tell({ gmtOffsetMinutes: undefined })).toBeUndefined();
  expect(tell({ gmtOffsetMinutes: undefined, zone: "utc" })).toBe("05:37:41");
});

test("the viewer's own time is that of the machine", () => {
  const own = new Date(instant);
  const two = (part: number) => String(part).padStart(2, "0");
  expect(tell({ zone: "mine", seconds: false })).toBe(
    `${two(own.getHours())}:${two(own.getMinutes())}`,
  );
});

test("twelve hours are told in the page's language, midnight is 00 in twenty-four", () => {
  expect(tell({ clock: "h12" })?.replace(/\s/g, " ")).toBe("4:37:41 PM");
  expect(tell({ clock: "h12", language: "ja" })).toContain("午後");
  expect(tell({ gmtOffsetMinutes: -337 })).toBe("00:00:41");
  expect(
    timeOfDay(Number.NaN, { zone: "utc", clock: "h24", language: "en", gmtOffsetMinutes: 0 }),
  ).toBe(undefined);
});
