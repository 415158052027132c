import type { TFunction } from "i18next";

/** A reading for people; a dash when it is not known. */
export function formatReading(value: number | undefined, unit: string, digits = 0): string {
  return value === undefined ? "–" : `${value.toFixed(digits)}${unit}`;
}

/** 166 -> "SSE", the point of the compass that the wind comes from; `points` are the sixteen from north on. */
export function compassPoint(degrees: number, points: readonly string[]): string {
  return points[Math.round(degrees / 22.5) % points.length] ?? "";
}

export function rainText(raining: boolean | undefined, t: TFunction<"weather">): string {
  if (raining === undefined) return "–";
  return t(raining ? "rain" : "dry");
}
