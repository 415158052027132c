import i18next from "i18next";
import { expect, test } from "vitest";
import type { Rejoin } from "../race/rejoin";
import { wordsOf } from "./StopNow";

const t = i18next.getFixedT("en", "driver");
const code = (number: number): string => (number === 16 ? "LEC" : "LAW");
const rejoin: Rejoin = {
  position: 6,
  ahead: { driverNumber: 16, millis: 5312 },
  behind: { driverNumber: 30, millis: 1040 },
  lossMillis: 20_500,
  uncertaintyMillis: 800,
  basis: "stops",
};

test("where a car comes out is told by place and neighbours, in tenths", () => {
  const detail = "5.3 behind LEC, 1.0 ahead of LAW";
  expect(wordsOf(rejoin, code, t)).toEqual({ place: "P6", detail });
  expect(wordsOf({ ...rejoin, ahead: undefined, behind: undefined }, code, t).detail).toBe("");
});
