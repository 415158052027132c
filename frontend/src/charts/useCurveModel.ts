import { useMemo } from "react";
import { type Curves, fromX } from "./curves";
import type { Entrant } from "./entrants";
import type { ChartModel, Line } from "./model";
import type { Span } from "./spans";

/** Lines of drivers, as far back as is wanted. */
export function curveModel(
  curves: Curves,
  entrants: readonly Entrant[],
  spans: readonly Span[],
  reachLaps: number,
): ChartModel {
  const end = curves.x.at(-1) ?? 0;
  const least = reachLaps === 0 ? 0 : Math.max(0, Math.floor(end) - reachLaps);
  const { x, columns } = fromX(curves, least);
  const lines = entrants.flatMap((entrant) => {
    const values = columns.get(entrant.driverNumber);
    return values === undefined ? [] : [lineOf(entrant, values)];
  });
  const shown = spans.filter(({ to }) => to > least);
  return { x, lines, spans: shown };
}

export function lineOf(entrant: Entrant, values: readonly (number | null)[]): Line {
  const { driverNumber, code, colour, dashed, weight } = entrant;
  return { key: String(driverNumber), label: code, colour, dashed, weight, values };
}

export function useCurveModel(
  curves: Curves,
  entrants: readonly Entrant[],
  spans: readonly Span[],
  reachLaps: number,
): ChartModel {
  return useMemo(
    () => curveModel(curves, entrants, spans, reachLaps),
    [curves, entrants, spans, reachLaps],
  );
}
