import { useMemo } from "react";
import type { Stint } from "../gen/racetime/v1/history_pb";
import { compoundLetter } from "../ui/tyres";
import { type Curves, fromX } from "./curves";
import type { Entrant } from "./entrants";
import { stintsOf } from "./lapTimes";
import type { ChartModel, Line } from "./model";
import type { Span } from "./spans";
import { useSlowly } from "./useSlowly";

const NONE = {};

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

/** Mark where who is followed had other tyres fitted, by their letters. */
export function withStops(model: ChartModel, stints: Readonly<Record<number, Stint>>): ChartModel {
  const lines = model.lines.map((line) => {
    if (line.weight !== "strong") return line;
    const letters = new Map(
      stintsOf(stints, Number(line.key))
        .slice(1)
        .flatMap(({ firstLap, compound }) =>
          firstLap === undefined ? [] : [[firstLap - 1, compoundLetter(compound)] as const],
        ),
    );
    const marks = model.x.map((x) => {
      const letter = letters.get(x);
      return letter === undefined ? undefined : { letter, hollow: false };
    });
    return { ...line, marks };
  });
  return { ...model, lines };
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
  const stints = useSlowly((state) => state.stints) ?? NONE;
  return useMemo(
    () => withStops(curveModel(curves, entrants, spans, reachLaps), stints),
    [curves, entrants, spans, reachLaps, stints],
  );
}
