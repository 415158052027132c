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

export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const DIRECTIONS = [-90, 90, 0, 180, -45, -135, 45, 135];
const RINGS = [13, 24, 37, 52, 70, 90];
const OUT_OF_PANEL = 40;
const ON_KEPT = 40;
const ON_LABEL = 12;
const ON_CAR = 4;
const ON_WORD = 3;
const FARTHER = 1.5;
const MOVED = 2;
/** Frames between two looks for a better place: cars come together slowly. */
const LOOK_FRAMES = 6;

/** What the labels have to get along with. */
export interface LabelRoom {
  panel: Size;
  /** Words that stand still. */
  words: readonly Rectangle[];
  /** Text of the page that lies over the map: no name may cover it. */
  kept: readonly Rectangle[];
  carPixels: number;
  unit: number;
}

/** Remembers, from frame to frame, on which side each label is, so that labels stay where they are while they can. */
export interface LabelPlacer {
  place(wishes: readonly LabelWish[], room: LabelRoom): Label[];
}

export function createLabelPlacer(): LabelPlacer {
  const sides = new Map<number, number>();
  const offsets = new Map<number, Point>();
  let frame = 0;

  const look = (wishes: readonly LabelWish[], room: LabelRoom): void => {
    const cars = wishes.map(({ at }) => around(at, room.carPixels, room.carPixels));
    const taken: Rectangle[] = [];
    for (const wish of wishes) {
      const side = bestSide(wish, sides.get(wish.id), { ...room, cars, taken });
      sides.set(wish.id, side);
      taken.push(rectangle(wish, offsetOf(wish, side, room.unit)));
    }
  };

  return {
    place(wishes, room) {
      if (frame % LOOK_FRAMES === 0 || wishes.some(({ id }) => !sides.has(id))) look(wishes, room);
      frame += 1;
      return wishes.map((wish) => {
        const wanted = offsetOf(wish, sides.get(wish.id) ?? 0, room.unit);
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
  return { x: held.x + (wanted.x - held.x) * 0.35, y: held.y + (wanted.y - held.y) * 0.35 };
}

interface Surroundings extends LabelRoom {
  cars: readonly Rectangle[];
  taken: readonly Rectangle[];
}

function bestSide(wish: LabelWish, held: number | undefined, around: Surroundings): number {
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let side = 0; side < DIRECTIONS.length * RINGS.length; side += 1) {
    const ring = Math.floor(side / DIRECTIONS.length);
    const nearness =
      ring * FARTHER + (side % DIRECTIONS.length) * 0.05 + (side === held ? 0 : MOVED);
    if (nearness >= lowest) continue;
    const cost = nearness + trouble(rectangle(wish, offsetOf(wish, side, around.unit)), around);
    if (cost < lowest) {
      lowest = cost;
      best = side;
    }
  }
  return best;
}

/** How much a label would cover or stick out there. */
function trouble(box: Rectangle, { panel, taken, cars, words, kept }: Surroundings): number {
  const inside =
    box.left >= 2 && box.top >= 2 && box.right <= panel.width - 2 && box.bottom <= panel.height - 2;
  return (
    (inside ? 0 : OUT_OF_PANEL) +
    ON_KEPT * overlaps(box, kept) +
    ON_LABEL * overlaps(box, taken) +
    ON_CAR * overlaps(box, cars) +
    ON_WORD * overlaps(box, words)
  );
}

function overlaps(box: Rectangle, others: readonly Rectangle[]): number {
  let count = 0;
  for (const other of others) if (overlap(box, other)) count += 1;
  return count;
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
