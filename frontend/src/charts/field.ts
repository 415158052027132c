import type { Lap } from "../gen/racetime/v1/history_pb";

type Laps = Readonly<Record<number, Lap>>;

/** A lap with the instants at which it was begun and ended, in race time. */
export interface DrivenLap {
  lap: Lap;
  startMillis: number | undefined;
  /** Unset while it is driven. */
  endMillis: number | undefined;
}

/** Laps by driver number, each driver's in order of their numbers. */
export type Field = ReadonlyMap<number, readonly DrivenLap[]>;

/** An instant at which a car had driven so many laps; thirds of a lap stand for sectors. */
export interface Passage {
  x: number;
  timeMillis: number;
}

const fields = new WeakMap<Laps, Field>();

/** Arrange laps by driver, once for all charts. Entries that turned out untrue are empty, and skipped. */
export function fieldOf(laps: Laps): Field {
  const held = fields.get(laps);
  if (held !== undefined) return held;
  const field = arranged(laps);
  fields.set(laps, field);
  return field;
}

function arranged(laps: Laps): Field {
  const byDriver = new Map<number, Lap[]>();
  for (const lap of Object.values(laps)) {
    if (lap.driverNumber === 0 || lap.lapNumber === 0) continue;
    const own = byDriver.get(lap.driverNumber);
    if (own === undefined) byDriver.set(lap.driverNumber, [lap]);
    else own.push(lap);
  }
  return new Map([...byDriver].map(([driverNumber, own]) => [driverNumber, driven(own)]));
}

function driven(laps: Lap[]): DrivenLap[] {
  laps.sort((one, other) => one.lapNumber - other.lapNumber);
  return laps.map((lap, index) => {
    const next = laps[index + 1];
    const startMillis = lap.startRaceOffsetMillis;
    const timed =
      startMillis !== undefined && lap.lapMillis !== undefined
        ? startMillis + lap.lapMillis
        : undefined;
    const follows = next?.lapNumber === lap.lapNumber + 1;
    return { lap, startMillis, endMillis: (follows && next.startRaceOffsetMillis) || timed };
  });
}

/** When a car passed the ends of its laps, and of its sectors where they are known. */
export function passagesOf(laps: readonly DrivenLap[], withSectors: boolean): Passage[] {
  const passages: Passage[] = [];
  const add = (x: number, timeMillis: number | undefined): void => {
    const last = passages.at(-1);
    if (timeMillis === undefined || (last !== undefined && x <= last.x)) return;
    if (last === undefined || timeMillis > last.timeMillis) passages.push({ x, timeMillis });
  };
  for (const { lap, startMillis, endMillis } of laps) {
    const begun = lap.lapNumber - 1;
    add(begun, startMillis);
    if (withSectors && startMillis !== undefined) {
      const { sector1Millis, sector2Millis } = lap;
      if (sector1Millis !== undefined) {
        add(begun + 1 / 3, startMillis + sector1Millis);
        if (sector2Millis !== undefined)
          add(begun + 2 / 3, startMillis + sector1Millis + sector2Millis);
      }
    }
    add(lap.lapNumber, endMillis);
  }
  return passages;
}

/** Times at points of the race, a third of a lap (or a lap) apart: a column a driver, null where not known. */
export interface Grid {
  x: readonly number[];
  columns: ReadonlyMap<number, readonly (number | null)[]>;
  /** When the first car passed each point. */
  first: readonly (number | null)[];
}

const grids = { 1: new WeakMap<Field, Grid>(), 3: new WeakMap<Field, Grid>() };

/** Lay the passages of all cars on one axis of laps driven, once for all charts. */
export function gridOf(field: Field, stepsPerLap: 1 | 3): Grid {
  const held = grids[stepsPerLap].get(field);
  if (held !== undefined) return held;
  const grid = laidOut(field, stepsPerLap);
  grids[stepsPerLap].set(field, grid);
  return grid;
}

function laidOut(field: Field, stepsPerLap: 1 | 3): Grid {
  const passages = new Map(
    [...field].map(([driverNumber, laps]) => [driverNumber, passagesOf(laps, stepsPerLap === 3)]),
  );
  const ends = [...passages.values()].map((own) => own.at(-1)?.x ?? 0);
  const length = Math.round(Math.max(0, ...ends) * stepsPerLap) + 1;
  const x = Array.from({ length }, (_, index) => index / stepsPerLap);
  const first: (number | null)[] = x.map(() => null);
  const columns = new Map<number, (number | null)[]>();
  for (const [driverNumber, own] of passages) {
    const column: (number | null)[] = x.map(() => null);
    for (const passage of own) {
      const index = Math.round(passage.x * stepsPerLap);
      column[index] = passage.timeMillis;
      first[index] = Math.min(first[index] ?? Number.POSITIVE_INFINITY, passage.timeMillis);
    }
    columns.set(driverNumber, column);
  }
  return { x, columns, first };
}

/** Laps that the first car had driven at an instant, by the points around it. */
export function lapsDrivenAt({ x, first }: Grid, timeMillis: number): number {
  let before: Passage | undefined;
  for (const [index, time] of first.entries()) {
    if (time === null) continue;
    const here = { x: x[index] ?? 0, timeMillis: time };
    if (time >= timeMillis) {
      if (before === undefined) return here.x;
      const share = (timeMillis - before.timeMillis) / (time - before.timeMillis || 1);
      return before.x + (here.x - before.x) * share;
    }
    before = here;
  }
  return before?.x ?? 0;
}
