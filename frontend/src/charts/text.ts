import type { TFunction } from "i18next";
import type { TyreCompound } from "../gen/racetime/v1/car_pb";
import { formatLapTime } from "../leaderboard/format";
import { compoundLetter } from "../ui/tyres";

export type Words = TFunction<"charts">;

const POINTS_OF_LAP = 3;

/** 44 -> "L44"; a third of a lap later, at the end of the first sector of lap 45, "L45 S1". */
export function lapText(t: Words, x: number): string {
  const thirds = Math.round(x * POINTS_OF_LAP) % POINTS_OF_LAP;
  if (thirds === 0) return t("lap", { lap: Math.round(x) });
  return t("lapSector", { lap: Math.floor(x) + 1, sector: thirds });
}

/** "+1.234": lap times and gaps look the same in every language. */
export function signed(seconds: number, digits = 3): string {
  const size = Math.abs(seconds).toFixed(digits);
  if (Number(size) === 0) return size;
  return `${seconds < 0 ? "−" : "+"}${size}`;
}

/** As short as an axis or a reading needs: whole seconds without their zeros. */
export function gapText(seconds: number): string {
  return Number.isInteger(seconds)
    ? signed(seconds, 0)
    : signed(seconds, Math.abs(seconds) < 100 ? 3 : 1);
}

/** Seconds as a lap time, in tenths where no more is known. */
export function lapTimeText(seconds: number): string {
  const text = formatLapTime(Math.round(seconds * 1000));
  return text.endsWith(".000") ? text.slice(0, -4) : text;
}

/** "M 23": a compound's letter with how many laps. */
export function stintText(compound: TyreCompound, laps: number): string {
  return `${compoundLetter(compound)} ${laps}`;
}
