import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { rejoinOf } from "../race/rejoin";
import { codeOf } from "../ui/order";
import type { Motion } from "./motion";
import { positionAt } from "./positionAt";
import type { Point, Projection } from "./projection";

/** Where on the circuit the selected car would be, among the others, had it stopped. */
export interface TrackGhost {
  at: Point;
  /** As long as what is not known of it. */
  arc: readonly Point[];
  text: string;
}

const ARC_STEPS = 8;

/**
 * Tell where a car would be if it had lost the time of a stop: where it was itself so long ago.
 *
 * Unset when that is not known any more, or when there is nothing to tell.
 */
export function trackGhost(
  state: RaceState,
  driverNumber: number,
  motion: Motion,
  projection: Projection,
  time: number,
): TrackGhost | undefined {
  const rejoin = rejoinOf(state, driverNumber);
  const samples = motion.cars.get(driverNumber);
  if (rejoin === undefined || samples === undefined) return undefined;
  const pointAgo = (millis: number): Point | undefined => {
    const place = positionAt(samples, time - millis);
    return place && projection.project(place.x, place.y);
  };
  const at = pointAgo(rejoin.lossMillis);
  if (at === undefined) return undefined;
  const arc = Array.from({ length: ARC_STEPS + 1 }, (_, step) => (step / ARC_STEPS) * 2 - 1)
    .map((share) => pointAgo(rejoin.lossMillis + share * rejoin.uncertaintyMillis))
    .filter((point) => point !== undefined);
  return { at, arc, text: `${codeOf(state, driverNumber)} P${rejoin.position}` };
}
