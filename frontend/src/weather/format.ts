/** A reading for people; a dash when it is not known. */
export function formatReading(value: number | undefined, unit: string, digits = 0): string {
  return value === undefined ? "–" : `${value.toFixed(digits)}${unit}`;
}

const POINTS = [
  ["N", "NNE", "NE", "ENE"],
  ["E", "ESE", "SE", "SSE"],
  ["S", "SSW", "SW", "WSW"],
  ["W", "WNW", "NW", "NNW"],
].flat();

/** 166 -> "SSE", the point of the compass that the wind comes from. */
export function compassPoint(degrees: number): string {
  return POINTS[Math.round(degrees / 22.5) % POINTS.length] ?? "";
}

export function rainText(raining: boolean | undefined): string {
  if (raining === undefined) return "–";
  return raining ? "Rain" : "Dry";
}
