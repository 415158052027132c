import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import type { Car } from "./cars";
import { type Outline, pointAt } from "./outline";
import type { Point } from "./projection";

/** No source tells where the safety car is: it is shown ahead of the leader by so much, and as simulated. */
const AHEAD_METERS = 120;
/** A leader farther off the line than this is not on the track. */
const OFF_PIXELS = 40;

/** Where the simulated safety car is; unset when none is out, or the leader is not on the track. */
export function safetyCarAt(
  state: RaceState,
  cars: readonly Car[],
  outline: Outline | undefined,
): Point | undefined {
  const flag = state.trackStatus?.flag;
  if (flag !== TrackFlag.SAFETY_CAR && flag !== TrackFlag.SAFETY_CAR_ENDING) return undefined;
  const leader = cars.find(({ place, shape }) => place === 1 && shape === "running");
  if (leader === undefined || outline === undefined) return undefined;
  const distance = distanceNear(outline, leader);
  return distance === undefined ? undefined : pointAt(outline, distance + AHEAD_METERS);
}

/** Distance along the outline of the point that is nearest; unset when none is near. */
function distanceNear({ points, distances }: Outline, { x, y }: Point): number | undefined {
  let nearest: number | undefined;
  let least = OFF_PIXELS ** 2;
  for (let index = 0; index < points.length; index += 1) {
    const point = points[index] as Point;
    const square = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (square < least) {
      least = square;
      nearest = distances[index];
    }
  }
  return nearest;
}
