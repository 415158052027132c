import type { Point, Size } from "./projection";

/** A label to place beside its point. */
export interface LabelWish {
  id: number;
  at: Point;
  width: number;
  height: number;
}

export interface Label {
  id: number;
  /** Middle of the label. */
  x: number;
  y: number;
}

interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const DIRECTIONS = [-90, 90, 0, 180, -45, -135, 45, 135];
const RINGS = [13, 24, 37, 52];
const OUT_OF_PANEL = 40;
const ON_LABEL = 12;
const ON_CAR = 4;
const FARTHER = 1.5;
const MOVED = 1;

/** Remembers, from frame to frame, on which side each label is, so that labels stay where they are while they can. */
export interface LabelPlacer {
  place(wishes: readonly LabelWish[], panel: Size, carPixels: number, unit: number): Label[];
}

export function createLabelPlacer(): LabelPlacer {
  const sides = new Map<number, number>();
  const offsets = new Map<number, Point>();

  return {
    place(wishes, panel, carPixels, unit) {
      const cars = wishes.map(({ at }) => around(at, carPixels, carPixels));
      const taken: Rectangle[] = [];
      return wishes.map((wish) => {
        const side = bestSide(wish, sides.get(wish.id), cars, taken, panel, unit);
        sides.set(wish.id, side);
        const wanted = offsetOf(wish, side, unit);
        taken.push(rectangle(wish, wanted));
        const offset = approach(offsets.get(wish.id), wanted);
        offsets.set(wish.id, offset);
        return { id: wish.id, x: wish.at.x + offset.x, y: wish.at.y + offset.y };
      });
    },
  };
}

/** Glide to another side instead of jumping there. */
function approach(held: Point | undefined, wanted: Point): Point {
  if (held === undefined) return wanted;
  return { x: held.x + (wanted.x - held.x) * 0.2, y: held.y + (wanted.y - held.y) * 0.2 };
}

function bestSide(
  wish: LabelWish,
  held: number | undefined,
  cars: readonly Rectangle[],
  taken: readonly Rectangle[],
  panel: Size,
  unit: number,
): number {
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let side = 0; side < DIRECTIONS.length * RINGS.length; side += 1) {
    const ring = Math.floor(side / DIRECTIONS.length);
    let cost = ring * FARTHER + (side % DIRECTIONS.length) * 0.05 + (side === held ? 0 : MOVED);
    if (cost >= lowest) continue;
    const box = rectangle(wish, offsetOf(wish, side, unit));
    if (
      box.left < 2 ||
      box.top < 2 ||
      box.right > panel.width - 2 ||
      box.bottom > panel.height - 2
    ) {
      cost += OUT_OF_PANEL;
    }
    for (const other of taken) if (overlap(box, other)) cost += ON_LABEL;
    for (const car of cars) if (overlap(box, car)) cost += ON_CAR;
    if (cost < lowest) {
      lowest = cost;
      best = side;
    }
  }
  return best;
}

function offsetOf({ width, height }: LabelWish, side: number, unit: number): Point {
  const radians = ((DIRECTIONS[side % DIRECTIONS.length] ?? 0) * Math.PI) / 180;
  const reach = (RINGS[Math.floor(side / DIRECTIONS.length)] ?? 0) * unit;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return { x: cos * (reach + width / 2), y: sin * (reach + height / 2) };
}

function rectangle({ at, width, height }: LabelWish, offset: Point): Rectangle {
  return around({ x: at.x + offset.x, y: at.y + offset.y }, width / 2, height / 2);
}

function around({ x, y }: Point, halfWidth: number, halfHeight: number): Rectangle {
  return { left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight };
}

function overlap(one: Rectangle, other: Rectangle): boolean {
  return (
    one.left < other.right &&
    other.left < one.right &&
    one.top < other.bottom &&
    other.top < one.bottom
  );
}
