import { lapDeltas } from "./duel";
import type { Entrant } from "./entrants";
import type { Field } from "./field";
import type { ChartModel, Line } from "./model";
import type { Span } from "./spans";
import { type Channel, type LapTrace, resampled, timeDelta } from "./telemetry";
import { lineOf } from "./useCurveModel";

/** Laps with a stop or behind a safety car would flatten the others. */
const MOST_SECONDS = 3;

/** What each lap took the others longer than the first: bars for one, lines for two. */
export function deltasModel(
  field: Field,
  entrants: readonly Entrant[],
  spans: readonly Span[],
): ChartModel {
  const [reference, ...others] = entrants;
  const deltas = others.map(({ driverNumber }) =>
    lapDeltas(field, driverNumber, reference?.driverNumber ?? 0),
  );
  const last = Math.max(0, ...deltas.flatMap((own) => [...own.keys()]));
  const x = Array.from({ length: last }, (_, index) => index + 1);
  const lines = others.map((entrant, index) => ({
    ...lineOf(
      entrant,
      x.map((lap) => deltas[index]?.get(lap) ?? null),
    ),
    bars: others.length === 1,
  }));
  const sizes = lines.flatMap(({ values }) => values.map((value) => Math.abs(value ?? 0)));
  const most = Math.min(Math.max(0.2, ...sizes), MOST_SECONDS);
  const shifted = spans.map((span) => ({ ...span, from: span.from + 0.5, to: span.to + 0.5 }));
  return { x, lines, spans: shifted, range: [-most * 1.05, most * 1.05] };
}

/** A lap of a driver with its telemetry. */
export interface TracedLap {
  entrant: Entrant;
  trace: LapTrace;
}

const POINTS = 600;

/** Distances at which laps are compared, up to the end of the longest. */
export function distancesOf(laps: readonly TracedLap[]): number[] {
  const ends = laps.map(({ trace }) => trace.distanceMeters.at(-1) ?? 0);
  const end = Math.max(0, ...ends);
  return Array.from({ length: POINTS + 1 }, (_, index) => (end * index) / POINTS);
}

/** A channel of laps along their distance. */
export function channelModel(
  laps: readonly TracedLap[],
  channel: Channel,
  x: readonly number[],
  range?: readonly [number, number],
): ChartModel {
  const stepped = channel === "gear" || channel === "brake";
  const lines = laps.map(({ entrant, trace }): Line => {
    const line = lineOf(entrant, resampled(trace, channel, x));
    return stepped ? { ...line, stepped } : line;
  });
  return { x, lines, spans: [], range };
}

/** Seconds that the other laps had taken longer than the first, along the distance. */
export function deltaModel(laps: readonly TracedLap[], x: readonly number[]): ChartModel {
  const [reference, ...others] = laps;
  if (reference === undefined) return { x, lines: [], spans: [] };
  const lines = others.map(({ entrant, trace }) =>
    lineOf(entrant, timeDelta(trace, reference.trace, x)),
  );
  return { x, lines, spans: [] };
}
