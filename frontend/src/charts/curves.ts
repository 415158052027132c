import type { Grid } from "./field";

/** Values by driver number on an axis; null where not known. */
export interface Curves {
  x: readonly number[];
  columns: ReadonlyMap<number, readonly (number | null)[]>;
}

type Column = readonly (number | null)[];

const mapColumns = (grid: Grid, value: (time: number, index: number) => number | null): Curves => ({
  x: grid.x,
  columns: new Map(
    [...grid.columns].map(([driverNumber, column]) => [
      driverNumber,
      column.map((time, index) => (time === null ? null : value(time, index))),
    ]),
  ),
});

/** Seconds behind the first car to pass each point. */
export function gapsOf(grid: Grid): Curves {
  return mapColumns(grid, (time, index) => seconds(time - (grid.first[index] ?? time)));
}

/** Place at the end of each lap by the order of passing; the grid stands at lap 0. */
export function placesOf(grid: Grid, gridPlaces: ReadonlyMap<number, number>): Curves {
  if (grid.x.length === 0) return { x: [], columns: new Map() };
  const passed = grid.x.map((_, index) =>
    [...grid.columns.values()]
      .flatMap((column) => column[index] ?? [])
      .sort((one, other) => one - other),
  );
  const places = mapColumns(grid, (time, index) => (passed[index]?.indexOf(time) ?? 0) + 1);
  const columns = new Map<number, Column>();
  for (const driverNumber of new Set([...places.columns.keys(), ...gridPlaces.keys()])) {
    const own = places.columns.get(driverNumber) ?? grid.x.map(() => null);
    columns.set(driverNumber, [gridPlaces.get(driverNumber) ?? null, ...own.slice(1)]);
  }
  return { x: grid.x, columns };
}

/** What a race trace measures against: the first car's mean pace, or the field's median lap by lap. */
export type Pace = "leader" | "field";

/** Seconds ahead of a car that goes at the reference pace; cars that gain rise. */
export function traceOf(grid: Grid, pace: Pace): Curves {
  const start = grid.first.findIndex((time) => time !== null);
  const begun = grid.first[start];
  if (begun === undefined || begun === null) return { x: grid.x, columns: new Map() };
  const reference = pace === "leader" ? meanPace(grid, start) : medianPace(grid, start);
  return mapColumns(grid, (time, index) => {
    const expected = reference[index];
    return expected === null || expected === undefined ? null : seconds(begun + expected - time);
  });
}

function meanPace(grid: Grid, start: number): (number | null)[] {
  const end = grid.first.findLastIndex((time) => time !== null);
  const whole = (grid.first[end] ?? 0) - (grid.first[start] ?? 0);
  return grid.x.map((_, index) => (whole * (index - start)) / (end - start || 1));
}

/** The sum of the median times from point to point: safety cars, rain and red flags fall out. */
function medianPace(grid: Grid, start: number): (number | null)[] {
  const columns = [...grid.columns.values()];
  const reference: (number | null)[] = grid.x.map(() => null);
  let sum = 0;
  let from = start;
  reference[start] = 0;
  for (let index = start + 1; index < grid.x.length; index += 1) {
    const steps = columns.flatMap((column) => {
      const [before, here] = [column[from], column[index]];
      return typeof before === "number" && typeof here === "number" ? [here - before] : [];
    });
    const step = median(steps);
    if (step === undefined) continue;
    sum += step;
    reference[index] = sum;
    from = index;
  }
  return reference;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)];
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Seconds by which each car is behind the first of some cars; negative when ahead of it. */
export function behindOf(grid: Grid, driverNumbers: readonly number[]): Curves {
  const [reference] = driverNumbers;
  const base = reference === undefined ? undefined : grid.columns.get(reference);
  const chosen = new Map(
    driverNumbers.flatMap((number) => {
      const column = grid.columns.get(number);
      return column === undefined ? [] : [[number, column] as const];
    }),
  );
  return mapColumns({ ...grid, columns: chosen }, (time, index) => {
    const at = base?.[index];
    return typeof at === "number" ? seconds(time - at) : null;
  });
}

const seconds = (millis: number): number => Math.round(millis) / 1000;

/** The part of curves from an x on. */
export function fromX({ x, columns }: Curves, least: number): Curves {
  const start = x.findIndex((value) => value >= least);
  if (start <= 0) return { x, columns };
  return {
    x: x.slice(start),
    columns: new Map([...columns].map(([number, column]) => [number, column.slice(start)])),
  };
}
