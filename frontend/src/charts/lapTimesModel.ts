import { compoundLetter } from "../ui/tyres";
import type { Entrant } from "./entrants";
import type { Field } from "./field";
import { type LapFacts, type TimedLap, timedLapsOf, worthwhileRange } from "./lapTimes";
import type { ChartModel, Line, Mark } from "./model";
import type { Span } from "./spans";
import { lineOf } from "./useCurveModel";

/** Lap times of drivers in seconds, each point with its compound. */
export function lapTimesModel(
  field: Field,
  facts: LapFacts,
  entrants: readonly Entrant[],
  spans: readonly Span[],
  { reachLaps, allTimes }: { reachLaps: number; allTimes: boolean },
): ChartModel {
  const timed = entrants.map((entrant) => timedLapsOf(field, facts, entrant.driverNumber));
  const end = Math.max(0, ...timed.map((laps) => laps.at(-1)?.lapNumber ?? 0));
  const begin = reachLaps === 0 ? 1 : Math.max(1, end - reachLaps + 1);
  const x = Array.from({ length: Math.max(0, end - begin + 1) }, (_, index) => begin + index);
  const shown = timed.map((laps) => laps.filter(({ lapNumber }) => lapNumber >= begin));
  const range = allTimes ? undefined : worthwhileRange(shown.flat());
  return {
    x,
    lines: entrants.map((entrant, index) => timesLine(entrant, shown[index] ?? [], begin, x)),
    // A lap stands at its number, and was driven in the unit before it.
    spans: spans
      .map((span) => ({ ...span, from: span.from + 0.5, to: span.to + 0.5 }))
      .filter(({ to }) => to > begin),
    range: range && [range[0] / 1000, range[1] / 1000],
  };
}

function timesLine(
  entrant: Entrant,
  laps: readonly TimedLap[],
  begin: number,
  x: readonly number[],
): Line {
  const values: (number | null)[] = x.map(() => null);
  const marks: (Mark | undefined)[] = x.map(() => undefined);
  for (const { lapNumber, millis, compound, hindrance } of laps) {
    values[lapNumber - begin] = millis / 1000;
    const letter = compoundLetter(compound);
    marks[lapNumber - begin] = { letter, hollow: hindrance !== undefined };
  }
  return { ...lineOf(entrant, values), marks, faint: true };
}
