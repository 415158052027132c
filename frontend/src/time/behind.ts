import { formatClock } from "../header/times";

/** 37_000 -> "37.0 s"; from ten minutes on "12:05", from an hour "1:02:05". */
export function formatBehind(millis: number): string {
  return millis < 600_000 ? `${(millis / 1000).toFixed(1)} s` : formatClock(millis);
}
