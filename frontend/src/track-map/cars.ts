import { CarState } from "../gen/racetime/v1/car_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { orderOf } from "../ui/order";
import { type Theme, teamColour } from "../ui/teamColour";
import type { Motion } from "./motion";
import { positionAt } from "./positionAt";
import type { Projection } from "./projection";

/** How a car is drawn: on its way, in the pit, out of the race. */
export type CarShape = "running" | "pit" | "out";

/** What is known of a car apart from where it is. */
export interface CarLook {
  driverNumber: number;
  code: string;
  colour: string;
  shape: CarShape;
  place: number;
  /** Whether the viewer follows the driver. */
  favourite: boolean;
}

/** A car to draw, in CSS pixels. */
export interface Car extends CarLook {
  x: number;
  y: number;
  estimated: boolean;
  stale: boolean;
  selected: boolean;
}

/** Past its newest sample by this much, a car is drawn as stale. In time of the race; longer when it runs faster. */
const STALE_MILLIS = 1_500;
/** A car without samples for so long is left out; one that stopped stays marked where it stands. */
const FORGOTTEN_MILLIS = 20_000;

/** The looks of all cars, the leader last so that it is drawn on top. */
export function carLooks(
  state: RaceState,
  theme: Theme,
  favourites: readonly number[] = [],
): CarLook[] {
  return orderOf(state)
    .map((driverNumber, index) => ({
      driverNumber,
      code: state.drivers[driverNumber]?.nameAcronym || String(driverNumber),
      colour: teamColour(state.drivers[driverNumber]?.teamColour, theme),
      shape: shapeOf(state.statuses[driverNumber]?.state),
      place: index + 1,
      favourite: favourites.includes(driverNumber),
    }))
    .reverse();
}

function shapeOf(state: CarState | undefined): CarShape {
  if (state === CarState.IN_PIT) return "pit";
  const out =
    state === CarState.STOPPED || state === CarState.RETIRED || state === CarState.KNOCKED_OUT;
  return out ? "out" : "running";
}

export interface CarsQuery {
  looks: readonly CarLook[];
  motion: Motion;
  projection: Projection;
  time: number;
  speed: number;
  selected: number | undefined;
}

/** Where the cars are at an instant, on the screen. Cars without a position are left out. */
export function carsAt({ looks, motion, projection, time, speed, selected }: CarsQuery): Car[] {
  const starved = motion.playhead.starved();
  return looks.flatMap((look) => {
    const samples = motion.cars.get(look.driverNumber);
    const place = samples && positionAt(samples, time);
    if (samples === undefined || place === undefined || (place.x === 0 && place.y === 0)) return [];
    const forgotten = place.lateMillis > FORGOTTEN_MILLIS * Math.max(1, speed);
    if (forgotten && look.shape !== "out") return [];
    const stale = starved || place.lateMillis > STALE_MILLIS * Math.max(1, speed);
    const { x, y } = projection.project(place.x, place.y);
    const { driverNumber } = look;
    return [
      { ...look, x, y, estimated: samples.estimated, stale, selected: driverNumber === selected },
    ];
  });
}
