import type { Circuit } from "../gen/racetime/v1/track_pb";
import type { Point, Projection } from "./projection";

/** A closed line on the screen that can be asked by distance along the circuit. */
export interface Outline {
  points: Point[];
  /** Distance of each point along the line, in metres of the circuit; one more than points, the last is the length. */
  distances: number[];
  lengthMeters: number;
}

export function circuitPoints(circuit: Circuit): Point[] {
  return circuit.xDecimeters.map((x, index) => ({ x, y: circuit.yDecimeters[index] ?? 0 }));
}

export function pitLanePoints(circuit: Circuit): Point[] {
  return circuit.pitLaneXDecimeters.map((x, index) => ({
    x,
    y: circuit.pitLaneYDecimeters[index] ?? 0,
  }));
}

/** Put a circuit on the screen. Distances are stretched so that the whole is the length that the circuit claims. */
export function outlineOf(circuit: Circuit, projection: Projection): Outline {
  const points = circuitPoints(circuit).map(({ x, y }) => projection.project(x, y));
  const pixels = [0];
  for (const [index, point] of points.entries()) {
    const next = points[(index + 1) % points.length] ?? point;
    pixels.push((pixels.at(-1) ?? 0) + Math.hypot(next.x - point.x, next.y - point.y));
  }
  const whole = pixels.at(-1) || 1;
  const lengthMeters =
    circuit.lengthMeters > 0 ? circuit.lengthMeters : whole / projection.scale / 10;
  return { points, distances: pixels.map((pixel) => (pixel / whole) * lengthMeters), lengthMeters };
}

export interface PointOnOutline extends Point {
  /** Unit vector in the direction of driving. */
  alongX: number;
  alongY: number;
}

/** The point at a distance from the start line, with the direction there. */
export function pointAt(outline: Outline, distanceMeters: number): PointOnOutline {
  const { points, distances, lengthMeters } = outline;
  const wanted = ((distanceMeters % lengthMeters) + lengthMeters) % lengthMeters;
  let index = distances.findIndex((distance) => distance > wanted) - 1;
  if (index < 0) index = 0;
  const from = points[index] ?? { x: 0, y: 0 };
  const to = points[(index + 1) % points.length] ?? from;
  const start = distances[index] ?? 0;
  const span = (distances[index + 1] ?? start) - start || 1;
  const share = (wanted - start) / span;
  const size = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return {
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share,
    alongX: (to.x - from.x) / size,
    alongY: (to.y - from.y) / size,
  };
}

/** The stretch of the outline between two distances, over the start line when it must be. */
export function stretch(outline: Outline, fromMeters: number, toMeters: number): Point[] {
  const { points, distances, lengthMeters } = outline;
  const end = toMeters <= fromMeters ? toMeters + lengthMeters : toMeters;
  const inside: Point[] = [];
  for (const lap of [0, lengthMeters]) {
    for (const [index, point] of points.entries()) {
      const distance = (distances[index] ?? 0) + lap;
      if (distance > fromMeters && distance < end) inside.push(point);
    }
  }
  return [pointAt(outline, fromMeters), ...inside, pointAt(outline, end)];
}

/** On which side of the line its outside is there: 1 to the right of the direction of driving, -1 to the left. */
export function outsideAt(outline: Outline, point: PointOnOutline): 1 | -1 {
  const middle = centre(outline.points);
  const rightX = -point.alongY;
  const rightY = point.alongX;
  return (point.x - middle.x) * rightX + (point.y - middle.y) * rightY >= 0 ? 1 : -1;
}

/** The middle of points. */
export function centre(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), {
    x: 0,
    y: 0,
  });
  return { x: sum.x / Math.max(1, points.length), y: sum.y / Math.max(1, points.length) };
}
