import type { Weight } from "./model";

/** A name that wants to stand at a height. */
export interface End {
  key: string;
  y: number;
  weight: Weight;
}

export interface PlacedEnd extends End {
  /** Where it stands, so that none touch. */
  placedY: number;
}

const RANK: Record<Weight, number> = { strong: 0, plain: 1, thin: 2 };

/** Place names one under the other, as near to their lines as they can be; where there is no room the thin ones go. */
export function placeEnds(
  ends: readonly End[],
  top: number,
  bottom: number,
  spacing: number,
): PlacedEnd[] {
  const room = Math.max(0, Math.floor((bottom - top) / spacing) + 1);
  const placed = [...ends]
    .sort((one, other) => RANK[one.weight] - RANK[other.weight] || one.y - other.y)
    .slice(0, room)
    .sort((one, other) => one.y - other.y)
    .map((end) => ({ ...end, placedY: end.y }));
  let least = top;
  for (const end of placed) {
    end.placedY = Math.max(end.placedY, least);
    least = end.placedY + spacing;
  }
  let most = bottom;
  for (const end of placed.reverse()) {
    end.placedY = Math.min(end.placedY, most);
    most = end.placedY - spacing;
  }
  return placed.reverse();
}
