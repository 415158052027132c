import type { TFunction } from "i18next";
import { formatLapTime } from "../leaderboard/format";

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

/** Seconds with their sign; tenths do where it is more than a lap. */
export function gapText(seconds: number): string {
  return signed(seconds, Math.abs(seconds) < 100 ? 3 : 1);
}

/** Seconds as a lap time. */
export function lapTimeText(seconds: number): string {
  return formatLapTime(Math.round(seconds * 1000));
}

/** "+2.500" -> "+2.5": an axis needs no zeros at the end. */
export function trimmed(text: string): string {
  return text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}
