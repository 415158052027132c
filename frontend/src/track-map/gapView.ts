import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { gapOf, rejoinOf, typicalLapMillis } from "../race/rejoin";
import type { CarLook } from "./cars";
import type { MapView } from "./mapSettings";
import type { Point, Size } from "./projection";

/** A car in a view of gaps. */
export interface GapCar extends CarLook {
  /** Time behind the leader, in milliseconds; more than a lap when lapped. */
  gapMillis: number;
  selected: boolean;
}

export interface GapScene {
  cars: readonly GapCar[];
  /** What the whole line, or one turn of the circle, stands for. */
  lapMillis: number;
  /** Where the selected car comes out if it stops now. */
  ghost:
    | { gapMillis: number; uncertaintyMillis: number; code: string; position: number }
    | undefined;
}

const GUESSED_LAP_MILLIS = 90_000;

/** Tell who is how far behind the leader; cars without a gap, or out, are left out. */
export function gapScene(
  state: RaceState,
  looks: readonly CarLook[],
  selected: number | undefined,
): GapScene {
  const lapMillis = typicalLapMillis(state) ?? GUESSED_LAP_MILLIS;
  const cars = looks.flatMap((look) => {
    const gapMillis = look.shape === "out" ? undefined : gapOf(state, look.driverNumber);
    return gapMillis === undefined
      ? []
      : [{ ...look, gapMillis, selected: look.driverNumber === selected }];
  });
  return { cars, lapMillis, ghost: ghostOf(state, cars, selected) };
}

function ghostOf(
  state: RaceState,
  cars: readonly GapCar[],
  selected: number | undefined,
): GapScene["ghost"] {
  const car = cars.find(({ driverNumber }) => driverNumber === selected);
  const rejoin = selected === undefined ? undefined : rejoinOf(state, selected);
  if (car === undefined || rejoin === undefined) return undefined;
  const { lossMillis, uncertaintyMillis, position } = rejoin;
  return { gapMillis: car.gapMillis + lossMillis, uncertaintyMillis, position, code: car.code };
}

const PADDING = 48;
const LINE_SHARE = 0.52;

/** Where a gap lies in a view: the leader is at the right end of the line, or on top of the circle. */
export function placeOf(view: MapView, gapMillis: number, lapMillis: number, size: Size): Point {
  if (view === "circle") {
    const { x, y, radius } = circleOf(size);
    // Cars drive clockwise: who is behind is to the left of the one ahead.
    const angle = -Math.PI / 2 - (gapMillis / lapMillis) * 2 * Math.PI;
    return { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) };
  }
  const share = Math.min(1, gapMillis / lapMillis);
  const width = size.width - 2 * PADDING;
  return { x: size.width - PADDING - share * width, y: size.height * LINE_SHARE };
}

export function circleOf({ width, height }: Size): Point & { radius: number } {
  const radius = Math.max(10, Math.min(width, height) / 2 - PADDING);
  return { x: width / 2, y: height / 2, radius };
}
