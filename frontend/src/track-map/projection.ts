/** A point of the circuit's frame (decimetres, y up) or of the screen (CSS pixels, y down). */
export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Turns points of the circuit's frame into points of the panel. */
export interface Projection {
  project(x: number, y: number): Point;
  /** CSS pixels a decimetre. */
  scale: number;
}

export interface Padding {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const STEP_DEGREES = 5;

/**
 * Fit points into a panel: flipped, as screens count y downwards, and turned counter-clockwise by the angle given, or else
 * by the one that fills the panel best.
 */
export function fit(
  points: readonly Point[],
  size: Size,
  padding: Padding,
  degrees?: number,
): Projection {
  const room = {
    width: Math.max(1, size.width - padding.left - padding.right),
    height: Math.max(1, size.height - padding.top - padding.bottom),
  };
  const angle = degrees ?? bestAngle(points, room);
  const box = boxOf(points, angle);
  const scale = scaleOf(box, room);
  const [cos, sin] = turn(angle);
  const left = padding.left + (room.width - (box.maxX - box.minX) * scale) / 2;
  const top = padding.top + (room.height - (box.maxY - box.minY) * scale) / 2;
  return {
    scale,
    project: (x, y) => ({
      x: left + (x * cos - y * sin - box.minX) * scale,
      y: top + (box.maxY - (x * sin + y * cos)) * scale,
    }),
  };
}

/** The angle, of all in steps of a few degrees, at which the points can be drawn largest; the smaller turn when equal. */
export function bestAngle(points: readonly Point[], room: Size): number {
  let best = { angle: 0, scale: 0 };
  for (let angle = -90; angle < 90; angle += STEP_DEGREES) {
    const scale = scaleOf(boxOf(points, angle), room);
    const nearer = Math.abs(angle) < Math.abs(best.angle);
    if (scale > best.scale * 1.001 || (nearer && scale > best.scale * 0.999))
      best = { angle, scale };
  }
  return best.angle;
}

interface Box {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

function boxOf(points: readonly Point[], degrees: number): Box {
  const [cos, sin] = turn(degrees);
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const { x, y } of points) {
    const turnedX = x * cos - y * sin;
    const turnedY = x * sin + y * cos;
    box.minX = Math.min(box.minX, turnedX);
    box.maxX = Math.max(box.maxX, turnedX);
    box.minY = Math.min(box.minY, turnedY);
    box.maxY = Math.max(box.maxY, turnedY);
  }
  return points.length === 0 ? { minX: 0, minY: 0, maxX: 1, maxY: 1 } : box;
}

function turn(degrees: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

function scaleOf(box: Box, room: Size): number {
  return Math.min(
    room.width / Math.max(1, box.maxX - box.minX),
    room.height / Math.max(1, box.maxY - box.minY),
  );
}
