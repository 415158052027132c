import type { DrivenLap, Field } from "./field";

/** Best times of a driver, in milliseconds; unset when not known. */
export interface Bests {
  driverNumber: number;
  lapMillis: number | undefined;
  lapNumber: number | undefined;
  sectors: readonly [number | undefined, number | undefined, number | undefined];
  /** Sum of the best sectors. */
  idealMillis: number | undefined;
  speedTrapKph: number | undefined;
}

/** Best times of a driver's laps; laps whose time was deleted do not count. */
export function bestsOf(field: Field, driverNumber: number): Bests {
  const laps = (field.get(driverNumber) ?? []).map(({ lap }) => lap).filter((lap) => !lap.deleted);
  const best = laps.reduce<(typeof laps)[number] | undefined>(
    (held, lap) =>
      lap.lapMillis !== undefined && lap.lapMillis < (held?.lapMillis ?? Number.POSITIVE_INFINITY)
        ? lap
        : held,
    undefined,
  );
  const sectors = [
    least(laps.map((lap) => lap.sector1Millis)),
    least(laps.map((lap) => lap.sector2Millis)),
    least(laps.map((lap) => lap.sector3Millis)),
  ] as const;
  const [one, two, three] = sectors;
  const whole = one !== undefined && two !== undefined && three !== undefined;
  const traps = laps.flatMap(({ speedTrapKph }) => speedTrapKph ?? []);
  return {
    driverNumber,
    lapMillis: best?.lapMillis,
    lapNumber: best?.lapNumber,
    sectors,
    idealMillis: whole ? one + two + three : undefined,
    speedTrapKph: traps.length === 0 ? undefined : Math.max(...traps),
  };
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Seconds that each lap took a driver longer than another, by lap number; laps that either lacks are left out. */
export function lapDeltas(
  field: Field,
  driverNumber: number,
  reference: number,
): Map<number, number> {
  const base = new Map((field.get(reference) ?? []).map(({ lap }) => [lap.lapNumber, lap]));
  const deltas = new Map<number, number>();
  for (const { lap } of field.get(driverNumber) ?? []) {
    const other = base.get(lap.lapNumber)?.lapMillis;
    if (lap.lapMillis !== undefined && other !== undefined)
      deltas.set(lap.lapNumber, (lap.lapMillis - other) / 1000);
  }
  return deltas;
}

/** Laps whose telemetry can be asked for: those begun and ended at known instants, all before the playhead. */
export function traceableLaps(field: Field, driverNumber: number): DrivenLap[] {
  return (field.get(driverNumber) ?? []).filter(
    ({ lap, startMillis, endMillis }) =>
      startMillis !== undefined && endMillis !== undefined && lap.lapMillis !== undefined,
  );
}
