import type { Span } from "./spans";

/** How much a line stands out. */
export type Weight = "thin" | "plain" | "strong";

/** A point drawn with a letter, such as a compound's. */
export interface Mark {
  letter: string;
  /** Drawn as an outline: the value tells nothing of pace. */
  hollow: boolean;
}

export interface Line {
  key: string;
  label: string;
  colour: string;
  dashed: boolean;
  weight: Weight;
  values: readonly (number | null)[];
  marks?: readonly (Mark | undefined)[];
  /** Only leads the eye from mark to mark. */
  faint?: boolean;
  /** Drawn as bars from zero. */
  bars?: boolean;
  /** Holds its value until the next. */
  stepped?: boolean;
}

/** A word at the top of a chart, such as a corner's number. */
export interface Note {
  x: number;
  text: string;
}

/** All that a chart draws, apart from how. */
export interface ChartModel {
  x: readonly number[];
  lines: readonly Line[];
  spans: readonly Span[];
  notes?: readonly Note[];
  /** Limits of the values; unset to fit them. */
  range?: readonly [number, number] | undefined;
}

/** How a chart writes and turns its axes. */
export interface ChartLook {
  formatX: (x: number) => string;
  formatY: (y: number) => string;
  /** Small values at the top: places, gaps. */
  upsideDown?: boolean;
  /** Steps between ticks of the values that may be taken. */
  steps?: readonly number[];
  /** The only ticks of the values. */
  ticks?: readonly number[];
  /** Steps between ticks of x. */
  stepsX?: readonly number[];
  /** Keeps room for notes. */
  noted?: boolean;
  /** Charts with the same key share their crosshair. */
  syncKey?: string;
}

/** What the chart's structure depends on; values may change without building it anew. */
export function structureOf(model: ChartModel): string {
  return JSON.stringify(
    model.lines.map(({ key, label, colour, dashed, weight, bars, stepped }) => [
      key,
      label,
      colour,
      dashed,
      weight,
      bars,
      stepped,
    ]),
  );
}

/** A line's value at the crosshair. */
export interface Reading {
  key: string;
  label: string;
  colour: string;
  dashed: boolean;
  strong: boolean;
  text: string;
}

const MOST_READINGS = 6;

/** What lines say at an index: those that stand out, and those nearest to a value, in order of their values. */
export function readingsAt(
  { lines }: ChartModel,
  index: number,
  near: number | undefined,
  { formatY, upsideDown = false }: ChartLook,
): Reading[] {
  const known = lines.flatMap((line) => {
    const value = line.values[index];
    return typeof value === "number" ? [{ line, value }] : [];
  });
  const distance = (value: number): number => (near === undefined ? 0 : Math.abs(value - near));
  const rank = ({ weight }: Line): number => (weight === "strong" ? 0 : 1);
  const chosen = known
    .sort((a, b) => rank(a.line) - rank(b.line) || distance(a.value) - distance(b.value))
    .slice(0, MOST_READINGS);
  const sign = upsideDown ? 1 : -1;
  return chosen
    .sort((a, b) => sign * (a.value - b.value))
    .map(({ line, value }) => ({
      key: line.key,
      label: line.label,
      colour: line.colour,
      dashed: line.dashed,
      strong: line.weight === "strong",
      text: formatY(value),
    }));
}

/** The line nearest to a value at an index. */
export function nearestLine({ lines }: ChartModel, index: number, near: number): Line | undefined {
  const distance = (line: Line): number => {
    const value = line.values[index];
    return typeof value === "number" ? Math.abs(value - near) : Number.POSITIVE_INFINITY;
  };
  const nearest = lines.reduce<Line | undefined>(
    (held, line) => (held === undefined || distance(line) < distance(held) ? line : held),
    undefined,
  );
  return nearest && Number.isFinite(distance(nearest)) ? nearest : undefined;
}

/** The newest value of every line that has one. */
export function newestOf({ lines }: ChartModel): { line: Line; index: number; value: number }[] {
  return lines.flatMap((line) => {
    const index = line.values.findLastIndex((value) => value !== null);
    const value = line.values[index];
    return typeof value === "number" ? [{ line, index, value }] : [];
  });
}

/** The newest value of every line, in words. */
export function summaryOf(model: ChartModel, { formatX, formatY }: ChartLook): string {
  const newest = newestOf(model).map(({ line: { label }, index, value }) => ({
    label,
    value,
    at: model.x[index] ?? 0,
  }));
  const now = Math.max(...newest.map(({ at }) => at));
  const told = newest.map(({ label, value, at }) =>
    at === now ? `${label} ${formatY(value)}` : `${label} ${formatY(value)} (${formatX(at)})`,
  );
  return `${formatX(now)}: ${told.join(", ")}`;
}

/** The greatest value; 0 when there is none. */
export function greatestOf({ lines }: ChartModel): number {
  let most = 0;
  for (const { values } of lines)
    for (const value of values) if (value !== null && value > most) most = value;
  return most;
}
